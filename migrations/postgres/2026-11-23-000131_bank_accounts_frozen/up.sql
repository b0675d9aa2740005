-- Which account it is, and the way it took, never changes: another one is another request.
CREATE TRIGGER bank_account_steps_append_only BEFORE UPDATE OR DELETE ON bank_account_steps
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_account_steps_no_truncate BEFORE TRUNCATE ON bank_account_steps
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_accounts_frozen BEFORE UPDATE OF id, customer_id, holder, bank, branch, account_number, contact_email, contact_phone, content_hash, requested_by, requested_by_name, requested_at ON bank_accounts
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER bank_accounts_no_delete BEFORE DELETE ON bank_accounts
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER payouts_bank_account_frozen BEFORE UPDATE OF bank_account_id ON payouts
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
