-- Sales, step 2 of 6: the shop's tables, the API of its web shop and the files of its tills as foreign
-- tables. This and the rest run in the warehouse.
--
-- Variables, each with a default:
--   host, port, dbname   of the shop's database       localhost, 5432, shop
--   reader, password     role that reads there        reader, none
--   url, key             of the API                   http://127.0.0.1:8080, k-7d31
--   root                 directory of the files       /srv/sales
-- PostgreSQL asks for a password unless a superuser runs this.

\set ON_ERROR_STOP on
\if :{?host}
\else
	\set host localhost
\endif
\if :{?port}
\else
	\set port 5432
\endif
\if :{?dbname}
\else
	\set dbname shop
\endif
\if :{?reader}
\else
	\set reader reader
\endif
\if :{?password}
\else
	\set password ''
\endif
\if :{?url}
\else
	\set url 'http://127.0.0.1:8080'
\endif
\if :{?key}
\else
	\set key 'k-7d31'
\endif
\if :{?root}
\else
	\set root '/srv/sales'
\endif

CREATE EXTENSION IF NOT EXISTS pg_elt;
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER shop FOREIGN DATA WRAPPER postgres_fdw
	OPTIONS (host :'host', port :'port', dbname :'dbname', fetch_size '10000');
CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (user :'reader', password :'password');

CREATE SCHEMA shop;
IMPORT FOREIGN SCHEMA sales FROM SERVER shop INTO shop;

-- The lines of the orders of the web shop: 100 orders a page, and the last of a page again on the next.
CREATE SERVER web FOREIGN DATA WRAPPER elt_http OPTIONS (url :'url', allow_private 'true');
CREATE USER MAPPING FOR CURRENT_USER SERVER web OPTIONS (auth 'header', header 'X-API-Key', value :'key');
CREATE FOREIGN TABLE shop.web_lines (
	order_no    text        OPTIONS (path '$.orders[*].number'),
	line_no     int         OPTIONS (path 'no'),
	sold_at     timestamptz OPTIONS (path '$.orders[*].placed'),
	customer_id int         OPTIONS (path '$.orders[*].customer'),
	product_id  int         OPTIONS (path 'product'),
	quantity    int,
	unit_price  numeric(10,2) OPTIONS (path 'price'),
	coupon      text        OPTIONS (path '$.orders[*].coupon')
) SERVER web OPTIONS (path '/orders', records '$.orders[*].lines[*]',
	paginate 'page_number', page_param 'page', pages_path '$.pages');

-- A file a month from the tills, whose times are those on the clock of the shop.
CREATE SERVER tills FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE shop.till_lines (
	order_no    text          OPTIONS (path 'Beleg'),
	line_no     int           OPTIONS (path 'Position'),
	sold_at     timestamptz   OPTIONS (path 'Zeit', format 'DD.MM.YYYY HH24:MI', time_zone 'Europe/Berlin'),
	customer_id int           OPTIONS (path 'Kundenkarte'),
	product_id  int           OPTIONS (path 'Artikel'),
	quantity    int           OPTIONS (path 'Menge'),
	unit_price  numeric(10,2) OPTIONS (path 'Preis', decimal ',')
) SERVER tills OPTIONS (glob 'tills/*.csv', delimiter ';', on_change 'merge');
CREATE FOREIGN TABLE shop.coupons (code text, percent int, valid_until date)
	SERVER tills OPTIONS (glob 'coupons.csv', on_change 'merge');
