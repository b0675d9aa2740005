-- banking: the accounts customers are paid to, each with how it came to be the one. A customer has
-- at most one in force and at most one change under way.
CREATE TABLE bank_accounts (
  id TEXT NOT NULL PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  holder TEXT NOT NULL,
  bank TEXT NOT NULL,
  branch TEXT NOT NULL,
  account_number TEXT NOT NULL,
  contact_email TEXT NOT NULL,
  contact_phone TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('requested', 'cooling', 'effective', 'superseded', 'rejected', 'cancelled')),
  requested_by TEXT NOT NULL,
  requested_by_name TEXT NOT NULL,
  requested_at TIMESTAMP NOT NULL,
  checked_by TEXT,
  checked_by_name TEXT,
  cools_until TIMESTAMP,
  effective_at TIMESTAMP
);
CREATE INDEX bank_accounts_customer ON bank_accounts (customer_id, requested_at);
CREATE INDEX bank_accounts_state ON bank_accounts (state, cools_until);
CREATE UNIQUE INDEX bank_accounts_one_in_force ON bank_accounts (customer_id) WHERE state = 'effective';
CREATE UNIQUE INDEX bank_accounts_one_change ON bank_accounts (customer_id) WHERE state IN ('requested', 'cooling');
CREATE TABLE bank_account_steps (
  account_id TEXT NOT NULL REFERENCES bank_accounts (id),
  position INTEGER NOT NULL,
  state TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (account_id, position)
);
-- payouts: the account a transfer goes to. Those of before keep none: what was approved with them
-- named only the payee.
ALTER TABLE payouts ADD COLUMN bank_account_id TEXT REFERENCES bank_accounts (id);
