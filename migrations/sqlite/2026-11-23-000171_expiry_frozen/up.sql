-- How long something is good, that it expired, and that it was told, is never rewritten.
CREATE TRIGGER expiry_lots_no_update BEFORE UPDATE ON expiry_lots
BEGIN SELECT RAISE(ABORT, 'expiry_lots is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER expiry_lots_no_delete BEFORE DELETE ON expiry_lots
BEGIN SELECT RAISE(ABORT, 'expiry_lots is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER expiry_bookings_no_update BEFORE UPDATE ON expiry_bookings
BEGIN SELECT RAISE(ABORT, 'expiry_bookings is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER expiry_bookings_no_delete BEFORE DELETE ON expiry_bookings
BEGIN SELECT RAISE(ABORT, 'expiry_bookings is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER expiry_warnings_no_update BEFORE UPDATE ON expiry_warnings
BEGIN SELECT RAISE(ABORT, 'expiry_warnings is append-only: undo a mistake by a further entry'); END;
CREATE TRIGGER expiry_warnings_no_delete BEFORE DELETE ON expiry_warnings
BEGIN SELECT RAISE(ABORT, 'expiry_warnings is append-only: undo a mistake by a further entry'); END;
