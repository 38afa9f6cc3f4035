-- Sessions that were signed out of before their time was over: a session is a signed cookie, so whoever
-- copied it would still be let in. A row is of no use once its session is over by itself.
create table ended_sessions (
  id          text            primary key,
  expires_at  timestamptz(3)  not null
);
