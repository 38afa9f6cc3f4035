-- What was enabled and due at this instant has been dispatched; null before the first dispatch that came to all of it.
alter table engine_state add column dispatched_until timestamptz(3);
