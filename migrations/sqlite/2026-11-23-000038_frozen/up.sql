-- What a dispute says and froze when it was filed never changes.
CREATE TRIGGER dispute_facts_no_update BEFORE UPDATE ON dispute_facts
BEGIN SELECT RAISE(ABORT, 'dispute_facts is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER dispute_facts_no_delete BEFORE DELETE ON dispute_facts
BEGIN SELECT RAISE(ABORT, 'dispute_facts is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER disputes_frozen BEFORE UPDATE OF id, number, customer_id, category, subject, subject_id, subject_text, currency, disputed_minor, expected_minor, text, facts, filed_by, filed_by_name, filed_at ON disputes
BEGIN SELECT RAISE(ABORT, 'what a dispute said when it was filed is frozen: write a message instead'); END;
