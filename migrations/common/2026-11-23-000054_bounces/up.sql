-- mailbox: addresses that take no mail; letters to them wait until somebody has mended them
CREATE TABLE bounced_addresses (
  address TEXT NOT NULL PRIMARY KEY,
  letter_id TEXT NOT NULL REFERENCES outbox (id),
  customer_id BIGINT,
  why TEXT NOT NULL,
  bounced_at TIMESTAMP NOT NULL,
  told_at TIMESTAMP
);
-- mailbox: until when nothing leaves for a domain, or at all while the relay is away
CREATE TABLE mail_holds (
  place TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  since TIMESTAMP NOT NULL,
  until TIMESTAMP NOT NULL,
  why TEXT
);
ALTER TABLE outbox ADD COLUMN domain TEXT NOT NULL DEFAULT '';
-- What stands after the @, in words both databases know.
UPDATE outbox
SET domain = replace(to_address, rtrim(to_address, replace(to_address, '@', '')), '');
