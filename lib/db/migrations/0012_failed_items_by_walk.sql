-- A handler may go through items in several walks (its calls of `forEach`, counted from 0): what failed in one of
-- them may be done in another. The walk stands last in the key, for items are listed and looked up by name.
-- A revision from before that records an item now has its attempt fail, and tried again from its checkpoint.
alter table run_items add column walk smallint not null default 0;
alter table run_items
  drop constraint run_items_pkey,
  add primary key (run_id, item, walk);

-- In which walk an item of an earlier run failed, its checkpoint tells where only one walk had failures. Where several
-- had, the item stands in each of them: a retry does too much, as it did before, and leaves nothing out.
-- Without a checkpoint, as after a dry run, all stay in the first walk, and a retry goes through them there alone.
with failing as (
  select r.id as run_id, (w.place - 1)::smallint as walk
  from job_runs r
  cross join lateral jsonb_path_query(r.checkpoint, '$.each[*]') with ordinality w(standing, place)
  where (w.standing ->> 'failed')::int > 0
),
added as (
  insert into run_items (run_id, item, walk, status, error, attempt, at)
  select run_id, item, failing.walk, status, error, attempt, at
  from run_items
  join failing using (run_id)
  where status = 'failed' and failing.walk > 0
)
delete from run_items
where status = 'failed'
  and run_id in (select run_id from failing)
  and run_id not in (select run_id from failing where walk = 0);
