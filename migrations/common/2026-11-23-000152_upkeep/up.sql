-- upkeep: the backups that were made or failed, and what is wrong with the machine at the moment
CREATE TABLE backups (
  id TEXT NOT NULL PRIMARY KEY,
  begun_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP NOT NULL,
  file TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  -- Absent: it was made.
  failure TEXT
);
CREATE INDEX backups_ended ON backups (ended_at);
CREATE TABLE troubles (
  kind TEXT NOT NULL PRIMARY KEY,
  since TIMESTAMP NOT NULL,
  told_on DATE NOT NULL,
  detail TEXT NOT NULL
);
