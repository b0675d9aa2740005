-- Which account it is, and the way it took, never changes: another one is another request.
CREATE TRIGGER bank_account_steps_no_update BEFORE UPDATE ON bank_account_steps
BEGIN SELECT RAISE(ABORT, 'bank_account_steps is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER bank_account_steps_no_delete BEFORE DELETE ON bank_account_steps
BEGIN SELECT RAISE(ABORT, 'bank_account_steps is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER bank_accounts_frozen BEFORE UPDATE OF id, customer_id, holder, bank, branch, account_number, contact_email, contact_phone, content_hash, requested_by, requested_by_name, requested_at ON bank_accounts
BEGIN SELECT RAISE(ABORT, 'which account was asked for is frozen: ask for another one'); END;
CREATE TRIGGER bank_accounts_no_delete BEFORE DELETE ON bank_accounts
BEGIN SELECT RAISE(ABORT, 'which account was asked for is frozen: ask for another one'); END;
CREATE TRIGGER payouts_bank_account_frozen BEFORE UPDATE OF bank_account_id ON payouts
BEGIN SELECT RAISE(ABORT, 'the account of a payout is frozen: prepare another payout'); END;
