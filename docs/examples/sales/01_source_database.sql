-- Sales, step 1 of 6: the database of the shop. Run it on the server of the shop, in an empty database.
--
-- Products, customers and orders by telephone are generated and always the same. They are as such data
-- is: some customers have no e-mail address or write their country in another way, and some orders have
-- no quantity. Column changed_at holds the start of the transaction that wrote a row; what was there
-- before the shop's first sale has an older time.
--
-- Variables, each with a default:
--   orders     how many there are                       20000
--   reader     role that the warehouse connects as      reader
--   password   of that role; none if empty

\set ON_ERROR_STOP on
\if :{?orders}
\else
	\set orders 20000
\endif
\if :{?reader}
\else
	\set reader reader
\endif
\if :{?password}
\else
	\set password ''
\endif

CREATE SCHEMA sales;
CREATE TABLE sales.products (
	product_id int PRIMARY KEY,
	name text NOT NULL,
	category text,
	list_price numeric(10,2) NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE sales.customers (
	customer_id int PRIMARY KEY,
	name text NOT NULL,
	email text,
	country text,
	segment text,
	changed_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE sales.orders (
	order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	customer_id int NOT NULL REFERENCES sales.customers,
	product_id int NOT NULL REFERENCES sales.products,
	quantity int,
	unit_price numeric(10,2) NOT NULL,
	ordered_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now());

INSERT INTO sales.products (changed_at, product_id, name, category, list_price)
SELECT '2023-12-01', n, (ARRAY['Lamp', 'Chair', 'Table', 'Shelf', 'Rug'])[n % 5 + 1] || ' ' || n || repeat(' ', n % 3),
	(ARRAY['light', 'seat', NULL, 'storage', 'Storage'])[n % 5 + 1], 5 + n * 7 % 200 + n % 4 * 0.25
FROM generate_series(1, 60) AS n;

INSERT INTO sales.customers (changed_at, customer_id, name, email, country, segment)
SELECT '2023-12-01', n, 'Customer ' || n, CASE WHEN n % 9 > 0 THEN 'Customer' || n || '@Example.com' END,
	(ARRAY['DE', 'de', 'Germany', 'FR', 'fr ', NULL, 'IT'])[n % 7 + 1],
	(ARRAY['private', 'Private', 'business', NULL])[n % 4 + 1]
FROM generate_series(1, greatest(:orders / 20, 10)) AS n;

-- Later orders have higher numbers; a few customers order most.
INSERT INTO sales.orders (customer_id, product_id, quantity, unit_price, ordered_at)
SELECT 1 + (n * 7919 % c.count) * (n * 104729 % c.count) % c.count, p.product_id,
	CASE WHEN n % 501 = 0 THEN NULL WHEN n % 400 = 0 THEN 0 ELSE 1 + n * 31 % 4 END,
	round(p.list_price * (1 - n % 3 * 0.05), 2),
	'2024-01-01 08:00+00'::timestamptz + n * (1052000 / :orders) * interval '1 minute'
FROM generate_series(1::bigint, :orders) AS n
JOIN sales.products p ON p.product_id = 1 + n * 6151 % 60
CROSS JOIN (SELECT count(*) FROM sales.customers) AS c
ORDER BY n;

-- By this the warehouse finds what is new.
CREATE INDEX ON sales.products (changed_at, product_id);
CREATE INDEX ON sales.customers (changed_at, customer_id);
CREATE INDEX ON sales.orders (changed_at, order_id);
CREATE FUNCTION sales.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.changed_at := now();
	RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON sales.products FOR EACH ROW EXECUTE FUNCTION sales.touch();
CREATE TRIGGER touch BEFORE UPDATE ON sales.customers FOR EACH ROW EXECUTE FUNCTION sales.touch();
CREATE TRIGGER touch BEFORE UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.touch();

-- The warehouse reads these tables, and when transactions have begun, so that none is missed.
CREATE ROLE :"reader" LOGIN;
SELECT format('ALTER ROLE %I PASSWORD %L', :'reader', :'password') WHERE :'password' <> '' \gexec
GRANT pg_read_all_stats TO :"reader";
GRANT USAGE ON SCHEMA sales TO :"reader";
GRANT SELECT ON ALL TABLES IN SCHEMA sales TO :"reader";
ANALYZE;
