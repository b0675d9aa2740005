-- disputes: what somebody is still writing, and the files that wait with it
CREATE TABLE dispute_drafts (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  subject TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  content TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  changed_at TIMESTAMP NOT NULL
);
CREATE INDEX dispute_drafts_person ON dispute_drafts (person_id, changed_at);
CREATE INDEX dispute_drafts_customer ON dispute_drafts (customer_id);
CREATE TABLE dispute_draft_files (
  id TEXT NOT NULL PRIMARY KEY,
  draft_id TEXT NOT NULL REFERENCES dispute_drafts (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  sha256 TEXT NOT NULL
);
CREATE INDEX dispute_draft_files_draft ON dispute_draft_files (draft_id);
-- The tables behind the facts a dispute froze: lines, terms, figures. The hash is over all of it.
CREATE TABLE dispute_facts (
  dispute_id TEXT NOT NULL PRIMARY KEY REFERENCES disputes (id),
  tables TEXT NOT NULL,
  hash TEXT NOT NULL
);
-- What the scanner said of a file, how often it was asked, and when to ask again.
ALTER TABLE dispute_files ADD COLUMN scan TEXT NOT NULL DEFAULT 'unscanned';
ALTER TABLE dispute_files ADD COLUMN scan_said TEXT;
ALTER TABLE dispute_files ADD COLUMN scanned_at TIMESTAMP;
ALTER TABLE dispute_files ADD COLUMN scan_tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dispute_files ADD COLUMN scan_after TIMESTAMP;
CREATE INDEX dispute_files_scan ON dispute_files (scan, scan_after);
