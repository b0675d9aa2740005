DROP INDEX sales_lines_customer;
CREATE INDEX sales_lines_customer ON sales_lines (customer_id, document_date);
