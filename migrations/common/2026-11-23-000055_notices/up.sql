-- Letters are read in the portal too. What was written before counts as read.
ALTER TABLE outbox ADD COLUMN path TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN read_at TIMESTAMP;
UPDATE outbox SET read_at = created_at;
CREATE INDEX outbox_reader ON outbox (to_address, read_at);
-- Somebody may read letters of one kind in another language than pages.
ALTER TABLE mail_preferences ADD COLUMN language TEXT;
