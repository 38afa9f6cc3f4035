-- Puts a shared test database back to what it was when this script ran, right after the migrations.

create schema test_support;

-- Changes with every change of the schema: each is a new row version in one of the catalogs.
create function test_support.schema_fingerprint() returns text
language sql
begin atomic
  select concat_ws(
    ' ',
    (select count(*) from pg_class),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_attribute),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_attrdef),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_constraint),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_index),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_namespace),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_policy),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_proc),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_rewrite),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_trigger),
    (select concat(count(*), ':', max(xmin::text::bigint)) from pg_type),
    -- All databases of a server share this one.
    (
      select count(*)
      from pg_db_role_setting
      where setdatabase in (0, (select oid from pg_database where datname = current_database()))
    )
  );
end;

create table test_support.filled_tables (
  name    regclass primary key,
  content jsonb not null
);

create table test_support.sequence_values (
  name       regclass primary key,
  last_value bigint
);

create table test_support.baseline (fingerprint text not null);

create function test_support.own_tables() returns setof regclass
language sql
begin atomic
  select oid::regclass
  from pg_class
  where relnamespace = 'public'::regnamespace
    and relkind in ('r', 'p')
  order by oid;
end;

create function test_support.content_of(name regclass) returns jsonb
language plpgsql
as $$
declare
  content jsonb;
begin
  execute format('select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from %s t', name) into content;
  return content;
end;
$$;

create function test_support.restore_content(name regclass, content jsonb) returns void
language plpgsql
as $$
declare
  columns text;
begin
  select string_agg(quote_ident(attname), ', ' order by attnum) into columns
  from pg_attribute
  where attrelid = name and attnum > 0 and not attisdropped and attgenerated = '';
  execute format(
    'insert into %s (%s) overriding system value select %s from jsonb_populate_recordset(null::%s, $1)',
    name, columns, columns, name
  ) using content;
end;
$$;

-- Rows that a planner would not notice are deleted, which leaves every session's caches as they are; a table
-- of ten pages or more, below which each counts as ten, or one whose rows were counted is made new.
create function test_support.empty_tables(used regclass[]) returns void
language plpgsql
as $$
declare
  own regclass;
  large regclass[] := array(
    select oid
    from pg_class
    where oid = any (used) and (reltuples <> -1 or pg_relation_size(oid) >= 10 * 8192)
  );
begin
  -- Neither triggers nor foreign keys, for the rest of the transaction.
  perform set_config('session_replication_role', 'replica', true);
  foreach own in array used loop
    continue when own = any (large);
    execute format('delete from %s', own);
  end loop;
  if cardinality(large) > 0 then
    execute format('truncate %s cascade', array_to_string(large, ', '));
    delete from pg_statistic where starelid = any (large);
  end if;
end;
$$;

-- True when all is as it was; false when the schema differs, and then nothing was done.
create function test_support.put_back() returns boolean
language plpgsql
as $$
declare
  own regclass;
  counted boolean;
  is_used boolean;
  used regclass[] := '{}';
begin
  if (select fingerprint from test_support.baseline) <> test_support.schema_fingerprint() then
    return false;
  end if;
  for own, counted in
    select oid, reltuples <> -1
    from pg_class
    where oid in (select test_support.own_tables()) and (reltuples <> -1 or pg_relation_size(oid) > 0)
  loop
    execute format('select exists (select from %s)', own) into is_used;
    if counted or is_used and not exists (
      select from test_support.filled_tables f
      where f.name = own and f.content = test_support.content_of(own)
    ) then
      used := used || own;
    end if;
  end loop;
  perform test_support.empty_tables(used);
  perform test_support.restore_content(f.name, f.content)
  from test_support.filled_tables f
  where test_support.content_of(f.name) is distinct from f.content;
  perform setval(s.seqrelid, coalesce(b.last_value, s.seqstart), b.last_value is not null)
  from pg_sequence s
  join test_support.sequence_values b on b.name = s.seqrelid
  where pg_sequence_last_value(s.seqrelid) is distinct from b.last_value;
  return true;
end;
$$;

create function test_support.drop_everything() returns void
language plpgsql
as $$
declare
  own text;
begin
  for own in
    select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
  loop
    execute format('drop schema %I cascade', own);
  end loop;
  create schema public;
end;
$$;

insert into test_support.filled_tables
select name, content
from (select own as name, test_support.content_of(own) as content from test_support.own_tables() own) t
where content is not null;

insert into test_support.sequence_values
select seqrelid, pg_sequence_last_value(seqrelid)
from pg_sequence;

insert into test_support.baseline
select test_support.schema_fingerprint();
