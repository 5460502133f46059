-- Sales, step 4 of 6: one table of all sales, as a transform of what has landed.
--
-- A line without a price has the list price. A coupon counts until its last day. A run reads only lines
-- that have landed since the last one, or whose product or coupon has, and writes only those that differ.

\set ON_ERROR_STOP on
CREATE VIEW sales.sales_source AS
SELECT l.order_no, l.line_no, l.channel, l.sold_at, l.customer_id, l.product_id, l.quantity,
	(l.quantity * coalesce(l.unit_price, p.list_price) * (100 - coalesce(c.percent, 0)) / 100)::numeric(10,2) AS amount,
	(l.quantity * (p.list_price - coalesce(l.unit_price, p.list_price)))::numeric(10,2) AS discount
FROM (
	SELECT order_no, line_no, 'web' AS channel, sold_at, customer_id, product_id, quantity, unit_price, coupon FROM sales.web_lines
	UNION ALL
	SELECT order_no, line_no, 'till', sold_at, customer_id, product_id, quantity, unit_price, NULL FROM sales.till_lines
	UNION ALL
	SELECT 'P-' || order_id, 1, 'phone', ordered_at, customer_id, product_id, quantity, unit_price, NULL FROM sales.phone_orders
) l
LEFT JOIN sales.products p USING (product_id)
LEFT JOIN sales.coupons c ON c.code = l.coupon AND (l.sold_at AT TIME ZONE 'Europe/Berlin')::date <= c.valid_until;

-- By these the lines of a changed product are found.
CREATE INDEX ON sales.web_lines (product_id);
CREATE INDEX ON sales.till_lines (product_id);
CREATE INDEX ON sales.phone_orders (product_id);

SELECT elt.create_pipeline('sales', source => 'sales.sales_source', target => 'sales.sales',
	key => '{order_no,line_no}', options => jsonb_build_object('load', 'full', 'absent', 'delete',
		'changes_of', '["web_lines", "till_lines", "phone_orders", "products", "coupons"]'::jsonb, 'key_map', $$
			SELECT order_no, line_no FROM sales.web_lines WHERE _loaded_at > elt.changed_since('web_lines')
			UNION SELECT order_no, line_no FROM sales.till_lines WHERE _loaded_at > elt.changed_since('till_lines')
			UNION SELECT 'P-' || order_id, 1 FROM sales.phone_orders WHERE _loaded_at > elt.changed_since('phone_orders')
			UNION SELECT l.order_no, l.line_no FROM sales.products p JOIN sales.web_lines l USING (product_id)
			WHERE p._loaded_at > elt.changed_since('products')
			UNION SELECT l.order_no, l.line_no FROM sales.products p JOIN sales.till_lines l USING (product_id)
			WHERE p._loaded_at > elt.changed_since('products')
			UNION SELECT 'P-' || o.order_id, 1 FROM sales.products p JOIN sales.phone_orders o USING (product_id)
			WHERE p._loaded_at > elt.changed_since('products')
			UNION SELECT l.order_no, l.line_no FROM sales.coupons c JOIN sales.web_lines l ON l.coupon = c.code
			WHERE c._loaded_at > elt.changed_since('coupons')$$));

-- More than a line can cost is an error of the shop.
SELECT elt.add_check('sales', 'sane_amount', 'amount BETWEEN 0 AND 100000', action => 'quarantine');
