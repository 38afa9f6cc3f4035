-- Words that a user corrected in a log that is deleted since, where no pattern tells of it: a correction
-- of case alone makes none. Without them a word would count as never corrected once its log is gone.
create table if not exists corrected_words (
  user_id  text  not null references users on delete cascade,
  word     text  not null,

  primary key (user_id, word),
  constraint word_is_folded check (word = fold_word(word))
);
