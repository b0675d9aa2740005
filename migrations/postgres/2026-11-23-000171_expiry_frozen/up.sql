-- How long something is good, that it expired, and that it was told, is never rewritten.
CREATE TRIGGER expiry_lots_append_only BEFORE UPDATE OR DELETE ON expiry_lots
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER expiry_lots_no_truncate BEFORE TRUNCATE ON expiry_lots
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER expiry_bookings_append_only BEFORE UPDATE OR DELETE ON expiry_bookings
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER expiry_bookings_no_truncate BEFORE TRUNCATE ON expiry_bookings
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER expiry_warnings_append_only BEFORE UPDATE OR DELETE ON expiry_warnings
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER expiry_warnings_no_truncate BEFORE TRUNCATE ON expiry_warnings
  EXECUTE FUNCTION refuse_change();
