-- The matches domain: matches, what is known of champions that played together or against each other,
-- the models that predict drafts, and the game's patch.

-- One match. Picks are Riot's champion ids (the `key` of Data Dragon), five a side.
create table if not exists matches (
  match_id     text           collate "C" primary key,
  patch        text           not null,
  elo_rank     text,
  queue_id     int,
  played_at    timestamptz(3),
  blue_picks   int[]          not null,
  red_picks    int[]          not null,
  blue_win     boolean        not null,
  imported_at  timestamptz(3) not null default date_trunc('milliseconds', now()),
  changed_at   timestamptz(3) not null default date_trunc('milliseconds', now()),

  constraint match_id_is_short check (char_length(match_id) between 1 and 100),
  constraint five_picks_a_side check (
    array_ndims(blue_picks) = 1 and cardinality(blue_picks) = 5
    and array_ndims(red_picks) = 1 and cardinality(red_picks) = 5
  ),
  constraint picks_are_champions check (
    array_position(blue_picks || red_picks, null) is null and 0 < all (blue_picks || red_picks)
  )
);

-- What the history index does not know yet: a match that came (sign 1), one that went (-1), and both
-- for one that was corrected. The triggers below write it with the match itself, in one transaction,
-- and each row is taken exactly once: there is no cursor that a late commit could slip behind.
create table if not exists match_changes (
  match_id    text     collate "C" not null,
  change_id   bigint   generated always as identity,
  sign        smallint not null,
  blue_picks  int[]    not null,
  red_picks   int[]    not null,
  blue_win    boolean  not null,

  -- Also: which changes are the next ones, and which lie in a range of matches?
  primary key (match_id, change_id),
  constraint sign_is_plus_or_minus_1 check (sign in (1, -1))
);

-- Whoever changes a match by whatever statement changes the index with it; TRUNCATE alone goes unseen.
create or replace function record_match_changes() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    insert into match_changes (match_id, sign, blue_picks, red_picks, blue_win)
    select match_id, 1, blue_picks, red_picks, blue_win from after_change;
  elsif tg_op = 'DELETE' then
    insert into match_changes (match_id, sign, blue_picks, red_picks, blue_win)
    select match_id, -1, blue_picks, red_picks, blue_win from before_change;
  else
    insert into match_changes (match_id, sign, blue_picks, red_picks, blue_win)
    select match_id, -1, blue_picks, red_picks, blue_win
    from (
      select match_id, blue_picks, red_picks, blue_win from before_change
      except
      select match_id, blue_picks, red_picks, blue_win from after_change
    ) as went;
    insert into match_changes (match_id, sign, blue_picks, red_picks, blue_win)
    select match_id, 1, blue_picks, red_picks, blue_win
    from (
      select match_id, blue_picks, red_picks, blue_win from after_change
      except
      select match_id, blue_picks, red_picks, blue_win from before_change
    ) as came;
  end if;
  return null;
end;
$$;

create or replace trigger record_inserted_matches
  after insert on matches
  referencing new table as after_change
  for each statement execute function record_match_changes();

create or replace trigger record_updated_matches
  after update on matches
  referencing old table as before_change new table as after_change
  for each statement execute function record_match_changes();

create or replace trigger record_deleted_matches
  after delete on matches
  referencing old table as before_change
  for each statement execute function record_match_changes();

-- The index is built in generations: the live one is added to, and a rebuild fills a new one beside
-- it and takes its place when it is whole.
create table if not exists history_generations (
  generation      int            primary key generated always as identity,
  status          text           not null,
  -- Matches counted in it.
  matches         int            not null default 0,
  -- While it is built: the last match that it has; null: none yet.
  built_up_to     text           collate "C",
  -- Whether the newest published version has all that is counted.
  is_published    boolean        not null default false,
  created_at      timestamptz(3) not null default date_trunc('milliseconds', now()),

  constraint status_is_known    check (status in ('building', 'live')),
  constraint matches_is_a_count check (matches >= 0),
  constraint only_unfinished_have_a_place check (status = 'building' or built_up_to is null)
);

create unique index if not exists one_generation_per_status
  on history_generations (status);

insert into history_generations (status)
select 'live'
where not exists (select from history_generations);

-- Games of two champions, on one side (synergy) or on opposite sides (counter), and how many of them
-- were won by the pair or, against each other, by `champion`. Other has the larger id.
create table if not exists history_pairs (
  generation  int  not null references history_generations on delete cascade,
  kind        text not null,
  champion    int  not null,
  other       int  not null,
  games       int  not null,
  wins        int  not null,

  primary key (generation, kind, champion, other),
  constraint kind_is_known        check (kind in ('synergy', 'counter')),
  constraint smaller_id_first     check (champion < other),
  constraint pair_has_played      check (games > 0),
  constraint wins_at_most_games   check (wins between 0 and games)
) with (fillfactor = 50);  -- Counts are updated in place, again and again.

-- The index as it stands. The win rate is the mean of the posterior under a Beta(5, 5) prior, as if
-- each pair had won 5 of 10 games before: Gelman et al., Bayesian Data Analysis (3rd ed.), 2.4.
create or replace view history_index as
select
  kind, champion, other, games, wins,
  round((wins + 5)::numeric / (games + 10), 4) as win_rate
from history_pairs
join history_generations using (generation)
where status = 'live';

-- The index as a JSON document, as GET /matches/history-index.json gives it. A version never changes,
-- so that a slow reader needs no open transaction; the newest three are kept.
create table if not exists history_index_versions (
  version         int            primary key generated always as identity,
  digest          text           not null,
  parts           int            not null,
  bytes           int            not null,
  matches         int            not null,
  champion_pairs  int            not null,
  published_at    timestamptz(3) not null default date_trunc('milliseconds', now())
);

create table if not exists history_index_parts (
  version  int  not null references history_index_versions on delete cascade,
  part     int  not null,
  body     text not null,

  primary key (version, part)
);

-- Model cards that stand in where no others are configured.
create table if not exists model_card_examples (
  name  text  primary key,
  card  jsonb not null
);

-- The last good answer of each address that cards come from, for conditional requests. The source
-- is the address without what may be a secret in it.
create table if not exists model_card_answers (
  source         text           primary key,
  etag           text,
  last_modified  text,
  body           jsonb          not null,
  received_at    timestamptz(3) not null
);

-- The models that there are, each as its card has it. Of the models for one elo group, the one that
-- was trained last is current.
create table if not exists model_registry (
  model_id       text           primary key,
  source         text           not null,
  elo            text           not null,
  trained_at     timestamptz(3) not null,
  card           jsonb          not null,
  first_seen_at  timestamptz(3) not null,
  changed_at     timestamptz(3) not null
);

-- Which models does this source give?
create index if not exists model_registry_by_source
  on model_registry (source);

create table if not exists model_registry_changes (
  change_id  bigint         primary key generated always as identity,
  model_id   text           not null,
  change     text           not null,
  source     text           not null,
  card       jsonb,
  previous   jsonb,
  at         timestamptz(3) not null,

  constraint change_is_known     check (change in ('new', 'changed', 'removed')),
  constraint new_has_no_previous check ((change = 'new') = (previous is null)),
  constraint removed_has_no_card check ((change = 'removed') = (card is null))
);

-- One row: the game's patch, and where it is known from.
create table if not exists patch_meta (
  is_only       boolean        primary key default true,
  patch         text           not null,
  source        text           not null,
  -- When the source gave it; of a last known one, when Data Dragon did.
  last_updated  timestamptz(3) not null,

  constraint one_patch       check (is_only),
  constraint source_is_known check (source in ('data_dragon', 'last_known', 'fallback'))
);

-- One row per platform of Riot's that was asked for its health.
create table if not exists platform_status (
  platform      text           primary key,
  name          text           not null,
  health        text           not null,
  incidents     int            not null,
  maintenances  int            not null,
  checked_at    timestamptz(3) not null,

  constraint health_is_known check (health in ('ok', 'maintenance', 'incident'))
);
