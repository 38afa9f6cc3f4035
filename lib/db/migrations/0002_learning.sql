-- The learning domain: what users got wrong, what became of it, and what was learnt from it.

-- Two words are the same word when they fold alike: lower case, NFC (again afterwards: a small letter
-- may have a composed form where its capital has none, as in ẗ). lower() follows the database's
-- locale (in C it knows ASCII only), so fold_word() names a collation that knows every alphabet: the
-- first that the server has, else the database's own. normalize() needs a UTF8 database.
do $$
declare
  collation_name name;
begin
  select collname
  into collation_name
  from unnest('{pg_c_utf8,C.utf8,C.UTF-8,und-x-icu}'::name[]) with ordinality as wanted (name, place)
  join pg_collation on collname = wanted.name
  where collencoding in (-1, pg_char_to_encoding('UTF8'))
    and collnamespace = 'pg_catalog'::regnamespace
  order by place
  limit 1;

  execute format(
    'create or replace function fold_word(word text) returns text
       language sql immutable parallel safe
       as $function$
         select normalize(lower(normalize(word, NFC) collate pg_catalog.%I), NFC)
           collate pg_catalog."default"
       $function$',
    coalesce(collation_name, 'default')
  );
end
$$;

create table if not exists users (
  user_id     text           primary key,
  created_at  timestamptz(3) not null default date_trunc('milliseconds', now()),

  constraint user_id_is_short check (char_length(user_id) between 1 and 200)
);

-- One flagged word in one session. correction is what the user put in its place; null means that
-- the user left the word as it was.
create table if not exists error_logs (
  id                 bigint         primary key generated always as identity,
  user_id            text           not null references users on delete cascade,
  session_id         text           not null,
  word               text           not null,
  correction         text,
  occurred_at        timestamptz(3) not null,
  word_folded        text           not null
                     generated always as (fold_word(word)) stored,
  correction_folded  text
                     generated always as (fold_word(correction)) stored,
  outcome            text           not null
                     generated always as
                       (case when correction is null then 'ignored' else 'corrected' end) stored,

  constraint session_id_is_short check (char_length(session_id) between 1 and 200),
  constraint word_is_short       check (char_length(word) between 1 and 200),
  constraint correction_is_short check (char_length(correction) between 1 and 200)
);

-- What did this user get wrong in this window?
create index if not exists error_logs_of_user
  on error_logs (user_id, occurred_at);

-- In how many sessions was this user's word flagged, and was it ever corrected? (index only)
create index if not exists error_logs_of_word
  on error_logs (user_id, word_folded, session_id) include (outcome, occurred_at);

-- Which logs are the oldest (deleted in bounded batches), and which fall into this week?
create index if not exists error_logs_by_age
  on error_logs (occurred_at, id);

-- One row per user and distinct folded pair: kept by whoever writes error_logs (recordErrors does
-- both). It outlives the logs, so a pair is never new twice. Half of each page is left free: a row is
-- updated whenever its pair is seen, and doubles when it gets its evidence, both without touching an
-- index as long as the new version fits beside the old one.
create table if not exists user_error_patterns (
  user_id      text           not null references users on delete cascade,
  misspelling  text           not null,
  correction   text           not null,
  occurrences  int            not null,
  first_seen   timestamptz(3) not null,
  last_seen    timestamptz(3) not null,
  status       text           not null default 'active',
  evidence     jsonb,

  primary key (user_id, misspelling, correction),
  constraint misspelling_is_folded  check (misspelling = fold_word(misspelling)),
  constraint correction_is_folded   check (correction = fold_word(correction)),
  constraint correction_differs     check (correction <> misspelling),
  constraint was_seen               check (occurrences > 0),
  constraint first_seen_before_last check (first_seen <= last_seen),
  constraint status_is_known        check (status in ('active', 'improving')),
  constraint improving_has_evidence check (status <> 'improving' or evidence is not null)
) with (fillfactor = 50);

-- How many pairs did this user make for the first time since the last retraining?
create index if not exists user_error_patterns_by_first_seen
  on user_error_patterns (user_id, first_seen);

-- Words that are right for this user and are flagged no more.
create table if not exists personal_dictionary (
  user_id   text           not null references users on delete cascade,
  word      text           not null,
  source    text           not null,
  added_at  timestamptz(3) not null default date_trunc('milliseconds', now()),

  primary key (user_id, word),
  constraint word_is_folded  check (word = fold_word(word)),
  constraint source_is_known check (source in ('no_change', 'user'))
);

-- One row per user and ISO week in which the user made an error; week_start is its Monday.
create table if not exists progress_snapshots (
  user_id            text           not null references users on delete cascade,
  week_start         date           not null,
  errors             int            not null,
  distinct_patterns  int            not null,
  corrected          int            not null,
  ignored            int            not null,
  improving          int            not null,
  errors_change      int,           -- errors minus the week before's; null when there is no week before
  top_patterns       jsonb          not null,
  created_at         timestamptz(3) not null default date_trunc('milliseconds', now()),
  updated_at         timestamptz(3) not null default date_trunc('milliseconds', now()),

  primary key (user_id, week_start),
  constraint week_starts_on_monday   check (extract(isodow from week_start) = 1),
  constraint every_error_has_outcome check (corrected + ignored = errors),
  constraint top_patterns_at_most_5  check (jsonb_array_length(top_patterns) <= 5)
);

-- One row per retraining of a user. The current adapter is the promoted one of the highest
-- version; the last retraining is the newest row, whatever its status.
create table if not exists correction_adapters (
  user_id         text           not null references users on delete cascade,
  version         int            not null,
  status          text           not null,
  reason          text           not null,
  trained_pairs   int            not null,
  artifact_bytes  int            not null,
  metrics         jsonb          not null,
  artifact        jsonb          not null,
  trained_at      timestamptz(3) not null,

  primary key (user_id, version),
  constraint version_counts_from_1 check (version >= 1),
  constraint status_is_known       check (status in ('promoted', 'rejected')),
  constraint sizes_are_counts      check (trained_pairs >= 0 and artifact_bytes > 0)
);

-- Which adapter corrects this user's words now?
create index if not exists correction_adapters_in_use
  on correction_adapters (user_id, version desc) where status = 'promoted';
