-- mailbox: a letter's subject in the other language than its own, for who reads it in the portal;
-- none for letters of before
ALTER TABLE outbox ADD COLUMN other_subject TEXT;
