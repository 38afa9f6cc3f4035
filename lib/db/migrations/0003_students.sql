-- The students domain: who learns what at which pace, what came of it day by day, and what is advised.
-- Source of the two result tables and their columns: seed 002, "Database Verification"; the others
-- are what their figures are made of.

-- The instant at which a day begins on a zone's clock. Where clocks go back over midnight, the hour
-- after it comes twice and Postgres would take the second one: the day begins with the first.
create or replace function start_of_day(day date, zone text) returns timestamptz
  language sql immutable parallel safe
  as $$
    select case
      when ((day::timestamp at time zone zone) - interval '1 hour') at time zone zone >= day
        then (day::timestamp at time zone zone) - interval '1 hour'
      else day::timestamp at time zone zone
    end
  $$;

create table if not exists schools (
  school_id   text           primary key,
  name        text           not null,
  time_zone   text           not null,
  created_at  timestamptz(3) not null default date_trunc('milliseconds', now()),

  constraint school_id_is_short check (char_length(school_id) between 1 and 200),
  -- A zone that the server does not know is refused here, and not in the night's batch.
  constraint time_zone_is_known
    check ((timestamptz '2000-01-01 00:00:00+00' at time zone time_zone) is not null)
);

-- A student's days are those of time_zone; null: of the school's, and without that, DEFAULT_TIME_ZONE.
-- recommended_at is the instant that the active recommendations are about; null: there were none yet.
create table if not exists students (
  user_id         text           primary key,
  school_id       text           references schools,
  time_zone       text,
  is_active       boolean        not null default true,
  recommended_at  timestamptz(3),
  created_at      timestamptz(3) not null default date_trunc('milliseconds', now()),

  constraint user_id_is_short check (char_length(user_id) between 1 and 200),
  constraint time_zone_is_known check (
    time_zone is null
    or (timestamptz '2000-01-01 00:00:00+00' at time zone time_zone) is not null
  )
);

create table if not exists courses (
  course_id   text           primary key,
  title       text           not null,
  created_at  timestamptz(3) not null default date_trunc('milliseconds', now()),

  constraint course_id_is_short check (char_length(course_id) between 1 and 200)
);

-- A course's plan is the planned_day of its lessons: the day by whose end the lesson is to be done,
-- counted from 1, the day on which the student starts.
create table if not exists lessons (
  lesson_id    text  primary key,
  course_id    text  not null references courses on delete cascade,
  position     int   not null,
  title        text  not null,
  topic        text  not null,
  planned_day  int   not null,

  constraint lesson_id_is_short        check (char_length(lesson_id) between 1 and 200),
  constraint topic_is_short            check (char_length(topic) between 1 and 200),
  constraint position_counts_from_1    check (position >= 1),
  constraint planned_day_counts_from_1 check (planned_day >= 1),
  -- Also: which lessons does this course have, in order?
  constraint one_lesson_per_position   unique (course_id, position)
);

-- Who follows which plan, from which local day on. A student without a row has no plan.
create table if not exists enrollments (
  user_id    text  not null references students on delete cascade,
  course_id  text  not null references courses on delete cascade,
  starts_on  date  not null,

  primary key (user_id, course_id)
);

-- One sitting at one lesson: it ended at studied_at and took so many minutes. completed_at is when the
-- lesson was completed in it; null means that it was not.
create table if not exists lesson_progress (
  id            bigint         primary key generated always as identity,
  user_id       text           not null references students on delete cascade,
  lesson_id     text           not null references lessons on delete cascade,
  studied_at    timestamptz(3) not null,
  minutes       int            not null,
  completed_at  timestamptz(3),

  -- The longest day has 25 hours.
  constraint minutes_fit_a_day            check (minutes between 0 and 1500),
  constraint completed_within_the_sitting check (completed_at <= studied_at)
);

-- How long did this student study in this stretch of time, and when last?
create index if not exists lesson_progress_of_student
  on lesson_progress (user_id, studied_at) include (minutes);

-- Which lessons has this student completed, and when? A lesson is completed once.
create unique index if not exists one_completion_per_lesson
  on lesson_progress (user_id, lesson_id) include (completed_at) where completed_at is not null;

-- Scores are percentages.
create table if not exists quiz_results (
  id        bigint         primary key generated always as identity,
  user_id   text           not null references students on delete cascade,
  topic     text           not null,
  score     numeric(5, 2)  not null,
  taken_at  timestamptz(3) not null,

  constraint topic_is_short        check (char_length(topic) between 1 and 200),
  constraint score_is_a_percentage check (score between 0 and 100)
);

-- What did this student score up to an instant, and in which topics?
create index if not exists quiz_results_of_student
  on quiz_results (user_id, taken_at) include (topic, score);

-- One row per student and local day that has ended.
create table if not exists performance_snapshots (
  user_id                  text           not null references students on delete cascade,
  day                      date           not null,
  time_zone                text           not null,  -- whose clock the day is of
  snapshot_date            date           not null,  -- the UTC date on which it was taken
  pace_score               numeric,       -- null: nothing was planned up to that day
  quiz_average             numeric(5, 2), -- null: no quiz was taken up to that day
  lessons_completed_count  int            not null,
  time_spent_minutes       int            not null,
  plan_completed_count     int            not null,
  plan_due_count           int            not null,
  created_at               timestamptz(3) not null default date_trunc('milliseconds', now()),
  updated_at               timestamptz(3) not null default date_trunc('milliseconds', now()),

  primary key (user_id, day),
  constraint counts_are_not_negative check
    (least(lessons_completed_count, time_spent_minutes, plan_completed_count, plan_due_count) >= 0),
  constraint pace_iff_planned        check ((pace_score is null) = (plan_due_count = 0)),
  constraint pace_is_not_negative    check (pace_score >= 0),
  constraint quiz_average_is_a_percentage check (quiz_average between 0 and 100)
);

-- Which snapshots were taken today, by student? (seed 002)
create index if not exists performance_snapshots_by_date
  on performance_snapshots (snapshot_date, user_id);

-- What is advised to whom. subject is what the advice is about, a topic for instance; '' where the
-- type says it all. A refresh deactivates the old set and writes a new one.
create table if not exists adaptive_recommendations (
  id                   bigint         primary key generated always as identity,
  user_id              text           not null references students on delete cascade,
  recommendation_type  text           not null,
  subject              text           not null default '',
  title                text           not null,
  reason               text           not null,
  evidence             jsonb          not null,
  created_at           timestamptz(3) not null default date_trunc('milliseconds', now()),
  is_active            boolean        not null default true,
  deactivated_at       timestamptz(3),

  constraint recommendation_type_is_short check
    (char_length(recommendation_type) between 1 and 200),
  constraint deactivated_iff_not_active check ((deactivated_at is null) = is_active)
);

-- What is advised to this student now? The same thing is advised once.
create unique index if not exists one_active_recommendation_per_subject
  on adaptive_recommendations (user_id, recommendation_type, subject) where is_active;

-- Which active recommendations are the newest? (seed 002)
create index if not exists active_recommendations_by_time
  on adaptive_recommendations (created_at) where is_active;

-- Which old sets does this student have, and since when?
create index if not exists old_recommendations_of_student
  on adaptive_recommendations (user_id, deactivated_at) where not is_active;
