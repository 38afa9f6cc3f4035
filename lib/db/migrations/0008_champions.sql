-- Champions by Riot's ids, with the names that Data Dragon has for them: for people's eyes, no key of anything.
create table if not exists champions (
  champion  int   primary key,
  name      text  not null,

  constraint champion_is_riots_id check (champion > 0),
  constraint name_is_short check (char_length(name) between 1 and 100)
);
