-- Sales, step 4 of 4: facts, as a transform of what has landed.
--
-- The view cleans, joins and computes. A run reads only facts whose order, customer or product has
-- landed since the last one, and writes only those that differ.

\set ON_ERROR_STOP on
CREATE VIEW sales.fact_sales_source AS
SELECT o.order_id, o.ordered_at, (o.ordered_at AT TIME ZONE 'Europe/Berlin')::date AS order_date,
	o.customer_id, lower(c.email) AS email,
	CASE WHEN lower(trim(c.country)) IN ('de', 'germany') THEN 'DE'
		ELSE coalesce(upper(trim(c.country)), '??') END AS country,
	o.product_id, trim(p.name) AS product, coalesce(lower(p.category), 'other') AS category,
	o.quantity, (o.quantity * o.unit_price)::numeric(12,2) AS amount,
	(o.quantity * (p.list_price - o.unit_price))::numeric(12,2) AS discount
FROM sales.orders o
JOIN sales.customers c USING (customer_id)
JOIN sales.products p USING (product_id);

-- By these the orders of a changed customer or product are found.
CREATE INDEX ON sales.orders (customer_id);
CREATE INDEX ON sales.orders (product_id);

SELECT elt.create_pipeline('fact_sales', source => 'sales.fact_sales_source', target => 'sales.fact_sales',
	key => '{order_id}', options => jsonb_build_object('load', 'full', 'absent', 'delete',
		'changes_of', '["orders", "customers", "products"]'::jsonb, 'key_map', $$
			SELECT order_id FROM sales.orders WHERE _loaded_at > elt.changed_since('orders')
			UNION SELECT o.order_id FROM sales.customers c JOIN sales.orders o USING (customer_id)
			WHERE c._loaded_at > elt.changed_since('customers')
			UNION SELECT o.order_id FROM sales.products p JOIN sales.orders o USING (product_id)
			WHERE p._loaded_at > elt.changed_since('products')$$));
