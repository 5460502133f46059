-- Shop API, step 1 of 2: define the API and its lists.
--
-- Each foreign table reads another list of the same response. The tables differ in records and in their
-- columns only. No data is requested yet.
--
-- Variables: url (default http://127.0.0.1:8080).

\set ON_ERROR_STOP on
\if :{?url}
\else
	\set url 'http://127.0.0.1:8080'
\endif

CREATE EXTENSION IF NOT EXISTS pg_elt;
CREATE SERVER shop_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'url', allow_private 'true');
CREATE SCHEMA shop_api;

CREATE FOREIGN TABLE shop_api.orders (
	id          bigint,
	version     bigint,
	status      text,
	customer_id bigint OPTIONS (path 'customer.id')
) SERVER shop_api OPTIONS (path '/orders', records '$.orders[*]',
	paginate 'page_number', page_param 'page', pages_path '$.pages');

CREATE FOREIGN TABLE shop_api.lines (
	order_id bigint OPTIONS (path '$.orders[*].id'),
	no       int,
	sku      text,
	pieces   int,
	price    numeric
) SERVER shop_api OPTIONS (path '/orders', records '$.orders[*].lines[*]',
	paginate 'page_number', page_param 'page', pages_path '$.pages');

CREATE FOREIGN TABLE shop_api.discounts (
	order_id bigint OPTIONS (path '$.orders[*].id'),
	no       int    OPTIONS (path '$.orders[*].lines[*].no'),
	code     text,
	amount   numeric
) SERVER shop_api OPTIONS (path '/orders', records '$.orders[*].lines[*].discounts[*]',
	paginate 'page_number', page_param 'page', pages_path '$.pages');

CREATE FOREIGN TABLE shop_api.customers (
	id   bigint,
	name text,
	city text
) SERVER shop_api OPTIONS (path '/orders', records '$.orders[*].customer',
	paginate 'page_number', page_param 'page', pages_path '$.pages');
