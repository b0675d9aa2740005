-- Somebody who was invited and hasn't accepted yet may not sign in: their account is kept as
-- disabled, so that nothing that asks for active people can take them for one.
ALTER TABLE people ADD COLUMN invited BOOLEAN NOT NULL DEFAULT FALSE;
