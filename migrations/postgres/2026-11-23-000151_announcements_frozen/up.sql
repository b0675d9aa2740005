-- What customers may have read stays as it was written: only a draft is edited, and nothing is removed.
CREATE TRIGGER announcements_frozen BEFORE UPDATE OF portfolio, segment, subject_zh, text_zh, subject_en, text_en, written_by, written_by_name ON announcements
  FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION refuse_frozen();
CREATE TRIGGER announcements_no_delete BEFORE DELETE ON announcements
  FOR EACH ROW EXECUTE FUNCTION refuse_frozen();
