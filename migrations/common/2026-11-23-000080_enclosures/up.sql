-- mailbox: what a letter encloses, by the name its maker knows; made when the letter leaves
ALTER TABLE outbox ADD COLUMN encloses TEXT;
-- mailbox: letters that left, or leave, without what they were to enclose
CREATE TABLE refused_enclosures (
  letter_id TEXT NOT NULL PRIMARY KEY REFERENCES outbox (id),
  encloses TEXT NOT NULL,
  why TEXT NOT NULL,
  refused_at TIMESTAMP NOT NULL,
  told_at TIMESTAMP
);
CREATE INDEX refused_enclosures_untold ON refused_enclosures (told_at, refused_at);
-- statements: whether the mail of a customer's statements brings the PDF
ALTER TABLE statement_terms ADD COLUMN attach_pdf BOOLEAN NOT NULL DEFAULT FALSE;
