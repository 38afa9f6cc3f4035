-- The engine's tables: what is scheduled, every run of it, and every slot that had none.
-- Instants are timestamptz(3): JavaScript has milliseconds, and a compare-and-set on an instant
-- that the two sides round differently would never match again.

create table scheduled_jobs (
  id               text primary key default gen_random_uuid()::text,
  job_type         text not null,
  bot_id           text not null default '*',
  enabled          boolean not null default true,
  cron             text,
  interval_minutes integer,
  run_at           timestamptz(3),
  time_zone        text not null default 'UTC',
  -- Interval slots are anchor_at + k × interval_minutes, k ≥ 1.
  anchor_at        timestamptz(3) not null default date_trunc('milliseconds', now()),
  config_json      jsonb not null default '{}',
  -- Policies; null grace: a slot may run until the next one is due; null max_running: no limit.
  grace_seconds    integer,
  coalesce         text not null default 'latest',
  overlap          text not null default 'skip',
  max_running      integer,
  jitter_seconds   integer not null default 0,
  -- Null and enabled: due now. Where next_run_at differs from planned_at, a person set it by hand.
  next_run_at      timestamptz(3),
  planned_at       timestamptz(3),
  last_run_at      timestamptz(3),
  paused_at        timestamptz(3),
  paused_until     timestamptz(3),
  paused_by        text,
  pause_reason     text,
  disabled_at      timestamptz(3),
  enabled_at       timestamptz(3),
  retired_at       timestamptz(3),
  deleted_at       timestamptz(3),
  source           text not null default 'api',
  -- What the code said at the last sync: a field that differs from it was changed by a person.
  declared         jsonb,
  created_at       timestamptz(3) not null default date_trunc('milliseconds', now()),
  updated_at       timestamptz(3) not null default date_trunc('milliseconds', now()),
  constraint exactly_one_kind_of_schedule check (num_nonnulls(cron, interval_minutes, run_at) = 1),
  constraint interval_is_positive check (interval_minutes > 0),
  constraint grace_is_not_negative check (grace_seconds >= 0),
  constraint limit_is_positive check (max_running > 0),
  constraint jitter_is_not_negative check (jitter_seconds >= 0),
  constraint coalesce_is_known check (coalesce in ('latest', 'all', 'skip')),
  constraint overlap_is_known check (overlap in ('skip', 'queue')),
  constraint all_late_slots_need_a_queue check (coalesce <> 'all' or overlap = 'queue'),
  constraint source_is_known check (source in ('code', 'api')),
  constraint pause_has_a_beginning check (paused_until is null or paused_at is not null)
);
-- Which rows are due?
create index due on scheduled_jobs (next_run_at, id) where enabled;
-- Which rows does a job have?
create index scheduled_jobs_of_type on scheduled_jobs (job_type);

create table job_runs (
  id               uuid primary key default gen_random_uuid(),
  job_id           text not null references scheduled_jobs (id),
  job_type         text not null,
  bot_id           text not null default '*',
  trigger          text not null,
  scheduled_for    timestamptz(3),
  as_of            timestamptz(3),
  retry_of         uuid references job_runs (id) on delete set null,
  failed_items_only boolean not null default false,
  status           text not null default 'pending',
  reason           text,
  attempt          integer not null default 0,
  failures         integer not null default 0,
  losses           integer not null default 0,
  params           jsonb not null default '{}',
  dry_run          boolean not null default false,
  created_at       timestamptz(3) not null default date_trunc('milliseconds', now()),
  available_at     timestamptz(3) not null default date_trunc('milliseconds', now()),
  started_at       timestamptz(3),
  finished_at      timestamptz(3),
  duration_ms      bigint,
  result_json      jsonb,
  error_message    text,
  progress         jsonb,
  checkpoint       jsonb,
  items_done       integer,
  items_failed     integer,
  note             text,
  lease_expires_at timestamptz(3),
  claimed_by       text,
  deployment       text,
  timeline         text,
  triggered_by     text,
  idempotency_key         text,
  idempotency_fingerprint text,
  -- Overlap `skip`: no second active run of the row. Queue: one at a time, in order of slots.
  exclusive        boolean not null default false,
  queue_key        text,
  limit_key        text,
  limit_size       integer,
  lane             integer,
  gated            boolean not null generated always as
                     (queue_key is not null or limit_key is not null) stored,
  constraint one_run_per_slot unique (job_id, scheduled_for),
  constraint trigger_is_known check
    (trigger in ('schedule', 'catch_up', 'manual', 'retry', 'backfill')),
  constraint slot_iff_scheduled check
    ((scheduled_for is not null) = (trigger in ('schedule', 'catch_up'))),
  constraint as_of_iff_not_scheduled check ((as_of is null) = (scheduled_for is not null)),
  constraint status_is_known check
    (status in ('pending', 'running', 'success', 'failed', 'skipped', 'cancelled')),
  constraint finished_iff_settled check
    ((finished_at is not null) = (status not in ('pending', 'running'))),
  constraint leased_iff_running check ((lease_expires_at is not null) = (status = 'running')),
  constraint claimed_when_running check (status <> 'running' or (attempt > 0 and claimed_by is not null)),
  constraint skipped_has_a_reason check (status <> 'skipped' or reason is not null),
  constraint lane_only_while_running check (lane is null or status = 'running'),
  constraint limit_has_key_and_size check ((limit_key is null) = (limit_size is null)),
  constraint idempotency_key_has_fingerprint check
    ((idempotency_key is null) = (idempotency_fingerprint is null))
) with (fillfactor = 80);
-- Which ungated runs may start now?
create index claimable on job_runs (available_at, id) where status = 'pending' and not gated;
-- Which queued or limited runs wait?
create index waiting on job_runs (queue_key, limit_key, id) where status = 'pending' and gated;
-- Whose lease ran out?
create index leased on job_runs (lease_expires_at) where status = 'running';
-- Guards, not look-ups: overlap, queues and limits are decided by uniqueness, never by counting.
create unique index one_active_run_when_skipping on job_runs (job_id)
  where exclusive and status in ('pending', 'running');
create unique index one_running_run_per_queue on job_runs (queue_key)
  where status = 'running';
create unique index one_running_run_per_lane on job_runs (limit_key, lane)
  where status = 'running';
create unique index one_run_per_backfilled_slot on job_runs (job_id, as_of)
  where trigger = 'backfill';
create unique index one_run_per_idempotency_key on job_runs (job_type, idempotency_key)
  where idempotency_key is not null;
-- History: all runs, a job's runs, a row's runs, newest first; what is active now.
create index runs_by_time on job_runs (created_at, id);
create index runs_by_job_type on job_runs (job_type, created_at, id);
create index runs_by_schedule on job_runs (job_id, created_at, id);
create index active_runs on job_runs (job_type) where status in ('pending', 'running');
-- Which runs failed lately, over all jobs?
create index failed_runs on job_runs (created_at, id) where status = 'failed';
-- Which run is a retry of this one? (And deleting a run must find the rows that point to it.)
create index retries on job_runs (retry_of) where retry_of is not null;

create table run_attempts (
  run_id      uuid not null references job_runs (id) on delete cascade,
  attempt     integer not null,
  started_at  timestamptz(3) not null,
  finished_at timestamptz(3),
  outcome     text,
  error       text,
  claimed_by  text not null,
  deployment  text,
  primary key (run_id, attempt),
  constraint finished_iff_outcome check ((finished_at is null) = (outcome is null)),
  constraint outcome_is_known check (outcome in
    ('success', 'failed', 'timeout', 'lost', 'interrupted', 'cancelled', 'skipped'))
);

create table run_logs (
  run_id  uuid not null references job_runs (id) on delete cascade,
  seq     integer not null,
  attempt integer not null,
  at      timestamptz(3) not null,
  level   text not null,
  message text not null,
  fields  jsonb,
  primary key (run_id, seq),
  constraint level_is_known check (level in ('debug', 'info', 'warn', 'error'))
);

create table run_items (
  run_id  uuid not null references job_runs (id) on delete cascade,
  item    text not null,
  status  text not null,
  error   text,
  attempt integer not null,
  at      timestamptz(3) not null,
  primary key (run_id, item),
  constraint status_is_known check (status in ('success', 'failed')),
  constraint error_iff_failed check ((error is not null) = (status = 'failed'))
);

-- One row for each stretch of slots that nobody decided in time; null slots: more than were counted.
create table schedule_gaps (
  id         bigint generated always as identity primary key,
  job_id     text not null references scheduled_jobs (id),
  reason     text not null,
  first_slot timestamptz(3) not null,
  last_slot  timestamptz(3) not null,
  slots      integer,
  -- Who paused and why, where somebody did.
  detail     text,
  created_at timestamptz(3) not null default date_trunc('milliseconds', now()),
  constraint reason_is_known check (reason in
    ('missed', 'coalesced', 'paused', 'disabled', 'rescheduled', 'scheduler_off')),
  constraint stretch_has_slots check (slots is null or slots > 0),
  constraint stretch_runs_forward check (first_slot <= last_slot),
  constraint one_gap_per_stretch unique (job_id, first_slot)
);

-- Counters that outlive the runs they count; dry runs are not among them.
create table job_stats (
  job_type         text not null,
  day              date not null,
  status           text not null,
  -- Which duration bucket the runs fell into: 0 is below the first bound of lib/duration_buckets.ts.
  bucket           smallint not null,
  runs             bigint not null,
  duration_ms_sum  bigint not null,
  last_finished_at timestamptz(3) not null,
  primary key (job_type, day, status, bucket)
);

-- Messages to the outside, written with the state that they tell and sent afterwards.
create table alert_outbox (
  id           bigint generated always as identity primary key,
  run_id       uuid references job_runs (id) on delete cascade,
  kind         text not null,
  payload      jsonb not null,
  created_at   timestamptz(3) not null,
  available_at timestamptz(3) not null,
  tries        integer not null default 0,
  sent_at      timestamptz(3),
  gave_up_at   timestamptz(3),
  last_error   text,
  constraint kind_is_known check (kind in ('failed', 'recovered', 'slow')),
  constraint sent_or_given_up check (num_nonnulls(sent_at, gave_up_at) <= 1)
);
-- Which messages wait to be sent?
create index unsent_alerts on alert_outbox (available_at, id)
  where sent_at is null and gave_up_at is null;
-- Deleting a run must find its messages.
create index alerts_of_run on alert_outbox (run_id);

-- What is true of the whole installation; exactly one row.
create table engine_state (
  id               boolean primary key default true,
  last_tick_at     timestamptz(3),
  last_tick_source text,
  last_dispatch_at timestamptz(3),
  scheduler_off_at timestamptz(3),
  session_secret   text,
  -- When a new embedded database got its sample; a start that was cut off before goes on with it.
  filled_at        timestamptz(3),
  constraint exactly_one_row check (id)
);
insert into engine_state default values;
