-- The four kinds of facts, over tables and over views, from their declaration to their totals.
\set ON_ERROR_STOP off
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA kinds;
SET search_path = kinds;
CREATE TABLE account (id int PRIMARY KEY, owner text, branch text);
INSERT INTO account VALUES (1, 'Ann', 'Ulm'), (2, 'Bob', 'Bonn');
SELECT elt.create_date_dimension('dim_date', '2024-01-01', '2024-12-31');
SELECT elt.create_dimension('dim_account', 'account', '{id}');
CREATE VIEW wrong AS SELECT fact, dimension, measure FROM elt.verify_star() WHERE fact::text ~ '^(booked|balance|process|visit)' AND NOT agrees;

-- Transaction: an event each, which is summed over every dimension; a correction and a deletion as well.
CREATE TABLE booking (id int PRIMARY KEY, account int, day date, amount numeric(10,2));
CREATE VIEW booking_view AS SELECT id, account, day, amount FROM booking;
SELECT elt.create_fact('booked', 'booking', '{id}', '{"dim_account": "account"}', '{"dim_date": "day"}', '{amount}', store_keys => true);
SELECT elt.create_fact('booked_view', 'booking_view', '{id}', '{"dim_account": "account"}', '{"dim_date": "day"}', '{amount}');
INSERT INTO booking VALUES (1, 1, '2024-01-05', 10), (2, 1, '2024-01-31', 20), (3, 2, '2024-02-10', 40), (4, 3, NULL, 80);
UPDATE booking SET day = '2024-02-01' WHERE id = 2;
DELETE FROM booking WHERE id = 1;
SELECT d.month, a.branch, sum(amount) FROM booked JOIN dim_date d USING (date_key) JOIN dim_account a USING (account_key) GROUP BY 1, 2 ORDER BY 1, 2;
(TABLE booked EXCEPT ALL TABLE booked_view) UNION ALL (TABLE booked_view EXCEPT ALL TABLE booked);
TABLE wrong;

-- Periodic snapshot: the state of each account at the end of each month. A balance is summed over accounts, not over months.
CREATE TABLE month_end (account int, month_end date, balance numeric(10,2), bookings int, PRIMARY KEY (account, month_end));
SELECT elt.create_fact('balance', 'month_end', '{account,month_end}', '{"dim_account": "account"}', '{"dim_date": "month_end"}', '{bookings}',
	semi_additive => '{balance}', units => '{"balance": "EUR"}', kind => 'periodic_snapshot', store_keys => true);
SELECT elt.create_fact('balance_seen', 'month_end', '{account,month_end}', '{"dim_account": "account"}', '{"dim_date": "month_end"}', '{bookings}',
	semi_additive => '{balance}', units => '{"balance": "EUR"}', kind => 'periodic_snapshot');
INSERT INTO month_end VALUES (1, '2024-01-31', 100, 3), (2, '2024-01-31', 50, 1), (1, '2024-02-29', 120, 1), (2, '2024-02-29', 40, 2);
-- A snapshot is taken again when a booking comes late, and that of an account that is closed goes.
INSERT INTO month_end VALUES (1, '2024-01-31', 90, 4), (1, '2024-03-31', 130, 1) ON CONFLICT (account, month_end) DO UPDATE SET balance = excluded.balance, bookings = excluded.bookings;
DELETE FROM month_end WHERE account = 2 AND month_end = '2024-02-29';
SELECT d.date, sum(balance) AS balance, sum(bookings) AS bookings FROM balance JOIN dim_date d USING (date_key) GROUP BY 1 ORDER BY 1;
-- The last state of a period
SELECT DISTINCT ON (a.owner) a.owner, d.quarter, balance FROM balance JOIN dim_date d USING (date_key) JOIN dim_account a USING (account_key)
ORDER BY a.owner, d.date DESC;
(TABLE balance EXCEPT ALL TABLE balance_seen) UNION ALL (TABLE balance_seen EXCEPT ALL TABLE balance);
SELECT col_description('balance'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'balance'::regclass AND attname IN ('balance', 'bookings') ORDER BY attname;
SELECT * FROM elt.verify_star('balance') ORDER BY dimension::text, measure;
TABLE wrong;

-- Accumulating snapshot: a row for each process, which each milestone updates; what has not come yet is member -2.
CREATE TABLE claim (id int PRIMARY KEY, account int, reported date, assessed date, paid date, amount numeric(10,2));
SELECT elt.create_role_dimension('dim_assessed_date', 'dim_date');
SELECT elt.create_role_dimension('dim_paid_date', 'dim_date');
SELECT elt.create_fact('process', 'claim', '{id}', '{"dim_account": "account"}',
	'{"dim_date": "reported", "dim_assessed_date": "assessed", "dim_paid_date": "paid"}', '{amount}', kind => 'accumulating_snapshot', as_of => 'reported', store_keys => true);
INSERT INTO claim VALUES (1, 1, '2024-01-02', NULL, NULL, NULL), (2, 2, '2024-01-03', NULL, NULL, NULL);
UPDATE claim SET assessed = '2024-01-10', amount = 500 WHERE id = 1;
UPDATE claim SET paid = '2024-02-01' WHERE id = 1;
SELECT id, date_key, assessed_date_key, paid_date_key, paid - reported AS days, amount FROM process ORDER BY id;
SELECT p.day_name AS paid_on, count(*), sum(amount) FROM process JOIN dim_paid_date p USING (paid_date_key) GROUP BY 1 ORDER BY 1;
SELECT dimension, state, rows FROM elt.star_status WHERE relation = 'process'::regclass ORDER BY dimension::text, state;
TABLE wrong;

-- Factless: that something happened is counted.
CREATE TABLE visit (account int, day date, PRIMARY KEY (account, day));
SELECT elt.create_fact('visited', 'visit', '{account,day}', '{"dim_account": "account"}', '{"dim_date": "day"}', kind => 'factless', store_keys => true);
INSERT INTO visit VALUES (1, '2024-01-01'), (1, '2024-01-02'), (7, '2024-01-02');
SELECT d.date, count(*) FROM visited JOIN dim_date d USING (date_key) GROUP BY 1 ORDER BY 1;
-- and what did not happen is what is left of all combinations
SELECT a.owner, d.date FROM dim_account a CROSS JOIN dim_date d WHERE a.account_key > 0 AND NOT a.is_inferred AND d.date < '2024-01-03'
	AND NOT EXISTS (SELECT FROM visited v WHERE v.account_key = a.account_key AND v.date_key = d.date_key) ORDER BY 1, 2;
SELECT * FROM elt.verify_star('visited') ORDER BY dimension::text;

-- A dimension over a view has no triggers: it is built again. Facts over it are right before and after.
CREATE TABLE branch (branch text PRIMARY KEY, country text);
INSERT INTO branch VALUES ('Ulm', 'DE');
CREATE VIEW account_view AS SELECT a.id, a.owner, b.country FROM account a LEFT JOIN branch b USING (branch);
SELECT elt.create_dimension('dim_holder', 'account_view', '{id}');
SELECT elt.create_fact('balance_view', 'booking_view', '{id}', '{"dim_holder": "account"}', '{"dim_date": "day"}', '{amount}');
SELECT elt.create_fact('balance_table', 'booking', '{id}', '{"dim_holder": "account"}', '{"dim_date": "day"}', '{amount}', store_keys => true);
SELECT h.owner, h.country, sum(amount) FROM balance_view JOIN dim_holder h USING (holder_key) GROUP BY 1, 2 ORDER BY 1, 2;
INSERT INTO branch VALUES ('Bonn', 'DE');
INSERT INTO account VALUES (3, 'Cleo', 'Ulm');
SELECT relation, dimension, state, rows FROM elt.star_status WHERE dimension = 'dim_holder'::regclass ORDER BY relation::text, state;
SELECT elt.rebuild_star('dim_holder');
SELECT h.owner, h.country, sum(amount) FROM balance_view JOIN dim_holder h USING (holder_key) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT h.owner, h.country, sum(amount) FROM balance_table JOIN dim_holder h USING (holder_key) GROUP BY 1, 2 ORDER BY 1, 2;
TABLE wrong;
-- Keys are stored of tables alone, and members inferred of them.
SELECT elt.create_fact('stored_view', 'booking_view', '{id}', store_keys => true);
SELECT elt.create_fact('inferred_view', 'booking_view', '{id}', '{"dim_holder": "account"}', infer_members => true);

SELECT relation, kind, source, stored, infers FROM elt.facts WHERE relation::text ~ '^(booked|balance|process|visit)' ORDER BY relation::text;
DROP VIEW wrong;
SELECT elt.drop_fact(relation) FROM elt.facts WHERE relation::text ~ '^(booked|balance|process|visit)' ORDER BY 1;
SELECT elt.drop_dimension(d) FROM unnest('{dim_assessed_date,dim_paid_date,dim_date,dim_account,dim_holder}'::regclass[]) d;
DROP SCHEMA kinds CASCADE;
