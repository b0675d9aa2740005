-- Accruals read all a customer's lines of some days: from the index alone, or each line would be
-- fetched from where its import put it, among the lines of all others.
DROP INDEX sales_lines_customer;
CREATE INDEX sales_lines_customer ON sales_lines (customer_id, document_date, id) INCLUDE (product_id,
  delivery_date, paid_date, net_minor, quantity_micro, currency);
