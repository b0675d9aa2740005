-- mailbox: the letter or mail that a letter follows in its reader's mail program, by Message-ID
ALTER TABLE outbox ADD COLUMN follows TEXT;
