-- History is added to, never rewritten: a mistake is undone by a further entry.
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER ledger_postings_no_update BEFORE UPDATE ON ledger_postings
BEGIN SELECT RAISE(ABORT, 'ledger_postings is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER ledger_postings_no_delete BEFORE DELETE ON ledger_postings
BEGIN SELECT RAISE(ABORT, 'ledger_postings is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit_events is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit_events is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER statement_entries_no_update BEFORE UPDATE ON statement_entries
BEGIN SELECT RAISE(ABORT, 'statement_entries is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER statement_entries_no_delete BEFORE DELETE ON statement_entries
BEGIN SELECT RAISE(ABORT, 'statement_entries is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER payout_steps_no_update BEFORE UPDATE ON payout_steps
BEGIN SELECT RAISE(ABORT, 'payout_steps is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER payout_steps_no_delete BEFORE DELETE ON payout_steps
BEGIN SELECT RAISE(ABORT, 'payout_steps is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER dispute_events_no_update BEFORE UPDATE ON dispute_events
BEGIN SELECT RAISE(ABORT, 'dispute_events is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER dispute_events_no_delete BEFORE DELETE ON dispute_events
BEGIN SELECT RAISE(ABORT, 'dispute_events is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER policy_acknowledgements_no_update BEFORE UPDATE ON policy_acknowledgements
BEGIN SELECT RAISE(ABORT, 'policy_acknowledgements is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER policy_acknowledgements_no_delete BEFORE DELETE ON policy_acknowledgements
BEGIN SELECT RAISE(ABORT, 'policy_acknowledgements is append-only: undo a mistake by a further entry'); END;
-- An issued statement's content and a published version's terms never change; their states do.
CREATE TRIGGER statements_frozen BEFORE UPDATE OF number, customer_id, period, last_day, currency, version, opening_minor, closing_minor, content, content_hash, checkpoint_seq, checkpoint_hash, issued_at ON statements
BEGIN SELECT RAISE(ABORT, 'an issued statement is frozen: issue a new version'); END;
CREATE TRIGGER statements_no_delete BEFORE DELETE ON statements
BEGIN SELECT RAISE(ABORT, 'an issued statement is frozen: issue a new version'); END;
CREATE TRIGGER policy_versions_frozen BEFORE UPDATE OF terms, source, terms_hash, number, policy_id, currency, period_kind, valid_from ON policy_versions WHEN OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'published terms never change: publish a new version'); END;
CREATE TRIGGER policy_versions_no_delete BEFORE DELETE ON policy_versions WHEN OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'published terms never change: publish a new version'); END;
