-- Sales, step 3 of 4: land the shop's tables in schema sales.
--
-- Each run reads the rows that were changed since the last one, rows of transactions that commit late
-- included. No data is read yet.

\set ON_ERROR_STOP on
CREATE SCHEMA sales;

SELECT elt.create_pipeline('products', source => 'shop.products', target => 'sales.products',
	key => '{product_id}', options => '{"cursor_column": "changed_at"}');
SELECT elt.create_pipeline('customers', source => 'shop.customers', target => 'sales.customers',
	key => '{customer_id}', options => '{"cursor_column": "changed_at"}');
SELECT elt.create_pipeline('orders', source => 'shop.orders', target => 'sales.orders',
	key => '{order_id}', options => '{"cursor_column": "changed_at"}');

-- An order without a quantity waits in elt.rejects until the shop corrects it.
SELECT elt.add_check('orders', 'has_quantity', 'coalesce(quantity, 0) > 0', action => 'quarantine');
