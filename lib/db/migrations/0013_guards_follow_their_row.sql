-- What keeps runs apart (overlap, queue, limit) stands in each run, so that uniqueness can decide it. Whoever changes
-- a row's policy, by the API, a new revision or plain SQL, changes its active runs with it. When `overlap` changes they
-- queue, either way: under `skip` those that are there go on one after the other, and no slot joins them.
create function guard_active_runs() returns trigger language plpgsql as $$
begin
  with active as (
    select id
    from job_runs
    where job_id = new.id and status in ('pending', 'running')
    order by id
    for no key update
  )
  update job_runs r
  set exclusive = r.exclusive and old.overlap = new.overlap,
      queue_key = case when old.overlap = new.overlap or r.dry_run or r.trigger = 'backfill'
                       then r.queue_key else new.id end,
      limit_key = case when new.max_running is not null then new.job_type end,
      limit_size = new.max_running
  from active a
  where r.id = a.id;
  return null;
end $$;

create trigger guards_follow_their_row
  after update of overlap, max_running on scheduled_jobs
  for each row
  when (old.overlap <> new.overlap or old.max_running is distinct from new.max_running)
  execute function guard_active_runs();
