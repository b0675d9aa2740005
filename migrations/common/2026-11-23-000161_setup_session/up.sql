-- The session that sets a second factor up: no other one is shown the key, or may confirm it. What is
-- under way when this comes fits none, and begins anew.
ALTER TABLE second_factor_setups ADD COLUMN session_hash TEXT NOT NULL DEFAULT '';
