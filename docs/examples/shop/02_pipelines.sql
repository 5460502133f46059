-- Shop API, step 2 of 2: land orders, lines, discounts and customers in schema shop, from one response
-- and in one transaction.

\set ON_ERROR_STOP on
CREATE SCHEMA shop;

-- A cancelled order goes, and its lines and discounts with it.
SELECT elt.create_pipeline('orders', source => 'shop_api.orders', target => 'shop.orders', key => '{id}',
	options => '{"sequence_by": ["version"], "delete_when": "status = ''cancelled''"}');

-- The lines of each order are those of its newest version, and so are the discounts of each line.
SELECT elt.add_child('orders', source => 'shop_api.lines', target => 'shop.lines', key => '{order_id,no}',
	parent_key => '{order_id}');
SELECT elt.add_child('orders_lines', source => 'shop_api.discounts', target => 'shop.discounts',
	key => '{order_id,no,code}', parent_key => '{order_id,no}');

-- A customer belongs to no order alone, and stays.
SELECT elt.add_child('orders', source => 'shop_api.customers', target => 'shop.customers', key => '{id}',
	options => '{"strategy": "upsert"}');
