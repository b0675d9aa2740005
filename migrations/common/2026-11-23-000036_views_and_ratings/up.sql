-- disputes: every view is one range of an index in every order, or a few for a portfolio; of what is
-- open alone where it can be, which is little
DROP INDEX dispute_queue_due;
DROP INDEX dispute_queue_filed;
DROP INDEX dispute_queue_amount;
DROP INDEX dispute_queue_last;
DROP INDEX dispute_queue_owner_due;
DROP INDEX dispute_queue_owner_filed;
DROP INDEX dispute_queue_owner_amount;
DROP INDEX dispute_queue_owner_last;
DROP INDEX dispute_queue_manager_due;
DROP INDEX dispute_queue_manager_filed;
DROP INDEX dispute_queue_manager_amount;
DROP INDEX dispute_queue_manager_last;
DROP INDEX dispute_queue_unowned;
DROP INDEX dispute_queue_asleep;
CREATE INDEX dispute_queue_due ON dispute_queue (due, seq);
CREATE INDEX dispute_queue_filed ON dispute_queue (filed_at, seq);
CREATE INDEX dispute_queue_amount ON dispute_queue (amount, seq);
CREATE INDEX dispute_queue_last ON dispute_queue (last_at, seq);
CREATE INDEX dispute_queue_manager_due ON dispute_queue (manager, due, seq);
CREATE INDEX dispute_queue_manager_filed ON dispute_queue (manager, filed_at, seq);
CREATE INDEX dispute_queue_manager_amount ON dispute_queue (manager, amount, seq);
CREATE INDEX dispute_queue_manager_last ON dispute_queue (manager, last_at, seq);
CREATE INDEX dispute_open_running ON dispute_queue (due, seq) WHERE lane IN ('work', 'approval', 'appeal');
CREATE INDEX dispute_open_due ON dispute_queue (lane, due, seq) WHERE lane <> 'done';
CREATE INDEX dispute_open_filed ON dispute_queue (lane, filed_at, seq) WHERE lane <> 'done';
CREATE INDEX dispute_open_amount ON dispute_queue (lane, amount, seq) WHERE lane <> 'done';
CREATE INDEX dispute_open_last ON dispute_queue (lane, last_at, seq) WHERE lane <> 'done';
CREATE INDEX dispute_open_owner_due ON dispute_queue (owner, due, seq, asleep_until, lane) WHERE lane <> 'done';
CREATE INDEX dispute_open_owner_filed ON dispute_queue (owner, filed_at, seq, lane) WHERE lane <> 'done';
CREATE INDEX dispute_open_owner_amount ON dispute_queue (owner, amount, seq, lane) WHERE lane <> 'done';
CREATE INDEX dispute_open_owner_last ON dispute_queue (owner, last_at, seq, lane) WHERE lane <> 'done';
CREATE INDEX dispute_done_owner_due ON dispute_queue (owner, due, seq) WHERE lane = 'done';
CREATE INDEX dispute_done_owner_filed ON dispute_queue (owner, filed_at, seq) WHERE lane = 'done';
CREATE INDEX dispute_done_owner_amount ON dispute_queue (owner, amount, seq) WHERE lane = 'done';
CREATE INDEX dispute_done_owner_last ON dispute_queue (owner, last_at, seq) WHERE lane = 'done';
CREATE INDEX dispute_open_manager_due ON dispute_queue (manager, lane, due, seq) WHERE lane <> 'done';
CREATE INDEX dispute_open_manager_filed ON dispute_queue (manager, lane, filed_at, seq) WHERE lane <> 'done';
CREATE INDEX dispute_open_manager_amount ON dispute_queue (manager, lane, amount, seq) WHERE lane <> 'done';
CREATE INDEX dispute_open_manager_last ON dispute_queue (manager, lane, last_at, seq) WHERE lane <> 'done';
CREATE INDEX dispute_open_asleep ON dispute_queue (owner, asleep_until, seq) WHERE asleep_until > '0001-01-01';
CREATE INDEX dispute_open_nobodys ON dispute_queue (manager, due, seq) WHERE owner = '' AND lane <> 'done';
-- disputes: lists of the queue that somebody keeps under a name; the query of their address
CREATE TABLE dispute_views (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  kept_at TIMESTAMP NOT NULL,
  UNIQUE (person_id, name)
);
-- disputes: what customers say of how a closed dispute was handled, once
CREATE TABLE dispute_ratings (
  dispute_id TEXT NOT NULL PRIMARY KEY REFERENCES disputes (id),
  score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
  text TEXT NOT NULL,
  rated_by TEXT NOT NULL,
  rated_by_name TEXT NOT NULL,
  rated_at TIMESTAMP NOT NULL
);
-- people: how somebody wants pages to behave; no row says as they come
CREATE TABLE page_preferences (
  person_id TEXT NOT NULL REFERENCES people (id),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  PRIMARY KEY (person_id, name)
);
