-- Which disputes hold which neighbouring letters; made by the program of what dispute_search has.
CREATE VIRTUAL TABLE dispute_words USING fts5(grams, content='', columnsize=0, detail=none, tokenize='ascii');
INSERT INTO dispute_words (rowid, grams)
  WITH RECURSIVE place (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < 2500)
  SELECT s.seq, COALESCE((SELECT group_concat(
    CASE WHEN length(CAST(substr(s.text, n, 2) AS BLOB)) > 2 THEN substr(s.text, n, 2) ELSE substr(s.text, n, 3) END, ' ')
    FROM place WHERE n < length(s.text)), '') FROM dispute_search s;
-- Whose portfolio a customer is in decides who sees its disputes, at once.
CREATE TRIGGER customers_dispute_queue AFTER UPDATE OF account_manager ON customers
WHEN NEW.account_manager IS NOT OLD.account_manager
BEGIN
  UPDATE dispute_queue SET manager = LOWER(COALESCE(NEW.account_manager, '')) WHERE customer_id = NEW.id;
END;
