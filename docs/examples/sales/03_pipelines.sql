-- Sales, step 3 of 6: land what the shop has in schema sales, cleaned.
--
-- Each run reads what is new: rows of the database that were changed, files that have come or changed,
-- and all pages of the API, of which unchanged lines are not written. No data is read yet.

\set ON_ERROR_STOP on
CREATE SCHEMA sales;

-- Names, countries and segments as they should have been written.
CREATE VIEW shop.clean_products AS
SELECT product_id, trim(name) AS product, coalesce(lower(category), 'other') AS category, list_price, changed_at
FROM shop.products;
CREATE VIEW shop.clean_customers AS
SELECT customer_id, name AS customer, lower(email) AS email, CASE WHEN lower(trim(country)) IN ('de', 'germany') THEN 'DE'
	ELSE coalesce(upper(trim(country)), '??') END AS country, coalesce(lower(segment), 'private') AS segment, changed_at
FROM shop.customers;

SELECT elt.create_pipeline('products', source => 'shop.clean_products', target => 'sales.products',
	key => '{product_id}', options => '{"cursor_column": "changed_at"}');

-- Every version of a customer is kept, so that a sale belongs to the segment of its time.
SELECT elt.create_pipeline('customers', source => 'shop.clean_customers', target => 'sales.customers',
	key => '{customer_id}', strategy => 'scd2', options => '{"cursor_column": "changed_at", "sequence_by": ["changed_at"]}');

SELECT elt.create_pipeline('phone_orders', source => 'shop.orders', target => 'sales.phone_orders',
	key => '{order_id}', options => '{"cursor_column": "changed_at"}');
SELECT elt.create_pipeline('web_lines', source => 'shop.web_lines', target => 'sales.web_lines', key => '{order_no,line_no}');
SELECT elt.create_pipeline('till_lines', source => 'shop.till_lines', target => 'sales.till_lines', key => '{order_no,line_no}');
SELECT elt.create_pipeline('coupons', source => 'shop.coupons', target => 'sales.coupons', key => '{code}');

-- What has no quantity, or one that is no number, waits in elt.rejects until the shop corrects it.
SELECT elt.add_check(pipeline, 'has_quantity', 'coalesce(quantity, 0) > 0', action => 'quarantine')
FROM (VALUES ('phone_orders'), ('web_lines'), ('till_lines')) AS p (pipeline);
