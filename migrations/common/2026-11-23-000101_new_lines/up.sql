-- A run adds new lines to what it summed before. `touched` is the number under which an import's
-- lines came to count; null for those from before, and for files without lines.
ALTER TABLE imports ADD COLUMN touched BIGINT;
CREATE INDEX imports_touched ON imports (touched);
-- Up to which of these numbers the lines are in the accrual's sums.
ALTER TABLE accruals ADD COLUMN through BIGINT NOT NULL DEFAULT 0;
