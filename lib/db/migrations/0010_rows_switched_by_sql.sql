-- Which rows had `enabled` changed by a plain UPDATE that no pass has noted yet? Each pass asks; there are few, and
-- none as a rule, so that moving a row on costs no more than before.
create index rows_switched_by_sql on scheduled_jobs (id)
  where deleted_at is null
    and planned_at is not null
    and (not enabled and (disabled_at is null or enabled_at is not null)
         or enabled and disabled_at is not null and enabled_at is null);
