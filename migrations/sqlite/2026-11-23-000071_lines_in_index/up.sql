-- What a run reads of a customer's days lies together in the index: a customer's lines came in
-- over years, and are scattered over the table.
DROP INDEX sales_lines_customer;
CREATE INDEX sales_lines_customer ON sales_lines (customer_id, document_date, id, product_id,
  delivery_date, paid_date, net_minor, quantity_micro, currency);
