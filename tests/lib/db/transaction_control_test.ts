import { assertEquals } from "@std/assert";
import { findTransactionControl } from "../../../lib/db/transaction_control.ts";
import { migrations } from "../../../lib/db/migrations/mod.ts";

for (
  const [text, found] of [
    ["create table a (x int); commit; select 1", "commit"],
    ["BEGIN", "BEGIN"],
    ["begin\n  isolation level serializable;", "begin isolation level serializable"],
    ["start transaction; select 1; end;", "start transaction"],
    ["select 1; end", "end"],
    ["rollback to savepoint a", "rollback to savepoint a"],
    ["abort;", "abort"],
    ["savepoint a;", "savepoint a"],
    ["release a;", "release a"],
    ["prepare transaction 'a';", "prepare transaction"],
    ["/* why */ -- and how\n commit /* now */;", "commit"],
    ["select 'it''s'; commit;", "commit"],
    ["select e'it\\'s'; commit;", "commit"],
    ["select 'a\\'; commit; select 'b';", "commit"],
    ["do $$ begin null; end $$; commit;", "commit"],
    ["/* one /* two */ still; one */ commit;", "commit"],
    ["select 1 as a$$; commit; select 2 as b$$;", "commit"],
    ["create function f() returns int begin atomic select 1; end; commit;", "commit"],
  ]
) {
  Deno.test(`in ${JSON.stringify(text)} transaction control is found`, () => {
    assertEquals(findTransactionControl(text), found);
  });
}

for (
  const text of [
    "",
    "create table commit_log (begin int, \"end\" text default 'commit');",
    "select 1 -- ; commit;\n;",
    "select 1 /* ; commit; /* ; end; */ ; end; */;",
    "select '; commit;', \"; commit;\" from a;",
    "select e'\\'; commit;';",
    "create function f() returns void language plpgsql as $$ begin; commit; end; $$;",
    "do $body$ begin perform '$$; commit;'; end; $body$;",
    "prepare plan as select 1; deallocate plan;",
    "create function f() returns int begin atomic select case when true then 1 end; select 2; end;",
    "select $1; select $2;",
    "insert into commits values (1); endless; beginning;",
  ]
) {
  Deno.test(`in ${JSON.stringify(text)} there is no transaction control`, () => {
    assertEquals(findTransactionControl(text), undefined);
  });
}

Deno.test("the program's own migrations have none", () => {
  assertEquals(migrations.filter(({ sql }) => findTransactionControl(sql)), []);
});
