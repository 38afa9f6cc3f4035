-- The profiles domain: what is known of users and bots, what became of it when it was tidied up, and
-- what they are remembered for. Source of entity_type, entity_id, category, key, value, confidence and
-- source: seed 004, "Implement Profile Maintenance Service".

-- A user or a bot of whom something is known. tidied is the fingerprint of the attributes as the last
-- maintenance (or its undoing) left them; null: there was none yet.
create table if not exists entity_profiles (
  id           bigint         primary key generated always as identity,
  entity_type  text           not null,
  entity_id    text           not null,
  tidied       text,
  created_at   timestamptz(3) not null default date_trunc('milliseconds', now()),

  constraint entity_type_is_known check (entity_type in ('user', 'bot')),
  constraint entity_id_is_short   check (char_length(entity_id) between 1 and 200),
  -- Also: which entities are there, in order?
  constraint one_profile_per_entity unique (entity_type, entity_id)
);

-- One thing that is known of an entity. Several may say the same or contradict each other: whoever
-- learns something writes it down, and profile_maintenance makes one of them.
create table if not exists entity_profile_attributes (
  id              bigint           primary key generated always as identity,
  profile_id      bigint           not null references entity_profiles on delete cascade,
  category        text             not null default 'misc',
  key             text             not null,
  value           text             not null,
  confidence      double precision not null default 0.5,
  source          text             not null default 'conversation',
  maintenance_id  bigint,          -- which maintenance wrote it; null: none did
  created_at      timestamptz(3)   not null default date_trunc('milliseconds', now()),
  updated_at      timestamptz(3)   not null default date_trunc('milliseconds', now()),

  constraint category_is_known check
    (category in ('preference', 'fact', 'interest', 'communication', 'health', 'misc')),
  constraint key_is_short        check (char_length(key) between 1 and 200),
  constraint value_is_short      check (char_length(value) between 1 and 4000),
  constraint confidence_is_share check (confidence between 0 and 1),
  constraint source_is_short     check (char_length(source) between 1 and 200)
);

-- What is known of this entity, category by category?
create index if not exists attributes_of_profile
  on entity_profile_attributes (profile_id, category, id);

-- What a run of profile_maintenance came to for one entity; error says why it changed nothing.
create table if not exists profile_maintenances (
  id                  bigint         primary key generated always as identity,
  profile_id          bigint         not null references entity_profiles on delete cascade,
  run_id              uuid           not null, -- runs are forgotten earlier than what they did
  model               text           not null,
  at                  timestamptz(3) not null,
  attributes_before   int            not null,
  attributes_after    int            not null,
  categories_updated  text[]         not null default '{}',
  written             jsonb          not null default '[]', -- category, key and value of each new attribute
  withheld            int            not null default 0,    -- attributes that the model was not shown
  prompt_tokens       int            not null default 0,
  completion_tokens   int            not null default 0,
  error               text,
  restored_at         timestamptz(3),
  restored_by         text,

  -- Also: what did this run come to, entity by entity?
  constraint one_maintenance_per_run_and_profile unique (run_id, profile_id),
  constraint counts_are_not_negative check (least(
    attributes_before, attributes_after, withheld, prompt_tokens, completion_tokens
  ) >= 0),
  constraint nothing_written_on_error check (error is null or categories_updated = '{}'),
  constraint restored_by_somebody     check ((restored_at is null) = (restored_by is null))
);

-- What became of this entity, newest first?
create index if not exists maintenances_of_profile on profile_maintenances (profile_id, id);

-- Which maintenances are older than what is kept?
create index if not exists maintenances_by_time on profile_maintenances (at);

-- The attributes that a maintenance replaced, as they were: what a restoration puts back.
create table if not exists profile_attribute_history (
  maintenance_id  bigint           not null references profile_maintenances on delete cascade,
  attribute_id    bigint           not null,
  category        text             not null,
  key             text             not null,
  value           text             not null,
  confidence      double precision not null,
  source          text             not null,
  written_by      bigint,          -- the maintenance that had written it; null: none had
  created_at      timestamptz(3)   not null,
  updated_at      timestamptz(3)   not null,

  primary key (maintenance_id, attribute_id)
);

-- What an entity is remembered for. importance is as of weighed_at (null: as of its creation) and fades
-- from then on, or from the last access if that is later. One that was merged into another, or that
-- faded away, is archived: it stays, and nobody reads it by default.
create table if not exists memories (
  id                bigint           primary key generated always as identity,
  entity_type       text             not null,
  entity_id         text             not null,
  content           text             not null,
  importance        double precision not null default 0.5,
  occurrences       int              not null default 1, -- how often it was told
  access_count      int              not null default 0,
  last_accessed_at  timestamptz(3),
  weighed_at        timestamptz(3),
  archived_at       timestamptz(3),
  archive_reason    text,
  merged_into       bigint           references memories on delete set null,
  created_at        timestamptz(3)   not null default date_trunc('milliseconds', now()),

  constraint entity_type_is_known check (entity_type in ('user', 'bot')),
  constraint entity_id_is_short   check (char_length(entity_id) between 1 and 200),
  constraint content_is_short     check (char_length(content) between 1 and 4000),
  constraint importance_is_share  check (importance between 0 and 1),
  constraint told_at_least_once   check (occurrences >= 1 and access_count >= 0),
  constraint archived_for_a_reason check (
    (archived_at is null) = (archive_reason is null)
    and (archive_reason is null or archive_reason in ('merged', 'faded'))
  ),
  constraint merged_into_another check
    (merged_into is null or (merged_into <> id and archive_reason = 'merged'))
);

-- What is this entity remembered for, newest first?
create index if not exists memories_of_entity
  on memories (entity_type, entity_id, id) where archived_at is null;

-- Which memories can still fade?
create index if not exists live_memories on memories (id) where archived_at is null;

-- What was archived of this entity?
create index if not exists archived_memories_of_entity
  on memories (entity_type, entity_id, id) where archived_at is not null;

-- Which memories were merged into this one?
create index if not exists merged_memories on memories (merged_into) where merged_into is not null;
