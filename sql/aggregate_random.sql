-- Random orders of facts, members, versions, days, corrections and deletes: after each step aggregates are what a query over the facts
-- finds, of keys that are looked up, stored, and inferred. ELT_SEED repeats a run, ELT_TRIALS says how many histories.
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 1
\endif
\set trials ''
\set soak ''
\getenv trials ELT_TRIALS
\getenv soak ELT_SOAK
SELECT CASE WHEN :'trials' <> '' THEN :'trials' WHEN :'soak' <> '' THEN '2000' ELSE '200' END AS trials \gset
SET client_min_messages = warning;
SET timezone = 'UTC';
SET jit = off;
CREATE SCHEMA random_agg;
SET search_path = random_agg;
CREATE TABLE person (id int PRIMARY KEY, name text);
CREATE TABLE price (code int, price int, valid_from date, valid_to date);
CREATE TABLE sale (id int PRIMARY KEY, person int, payer int, code int, at date, amount numeric, weight float8);
SELECT elt.create_dimension('random_agg.dim_person', 'random_agg.person', '{id}', valid_when => 'id > 0');
SELECT elt.create_role_dimension('random_agg.dim_payer', 'random_agg.dim_person');
SELECT elt.create_dimension('random_agg.dim_price', 'random_agg.price', '{code}', type => 6);
SELECT elt.create_date_dimension('random_agg.dim_date', '2024-01-01', '2024-01-20');
SELECT elt.create_fact(name, 'random_agg.sale', '{id}', '{"dim_person": "person", "dim_payer": "payer", "dim_price": "code"}', '{"dim_date": "at"}',
	'{amount,weight}', store_keys => stored, infer_members => infers)
FROM (VALUES ('random_agg.seen', false, false), ('random_agg.kept', true, false)) v(name, stored, infers);
CREATE TABLE event (LIKE sale INCLUDING ALL);
SELECT elt.create_fact('random_agg.inferred', 'random_agg.event', '{id}', '{"dim_person": "person", "dim_price": "code"}', '{"dim_date": "at"}',
	'{amount,weight}', infer_members => true);
SELECT elt.create_aggregate('random_agg.a_name', 'random_agg.seen', '{person_name,payer_name}',
	'{"n": "count(*)", "c": "count(amount)", "s": "sum(amount)", "m": "avg(amount)", "w": "sum(weight)",
	"lo": "min(amount)", "hi": "max(at)", "codes": "approx_count_distinct(code)"}');
SELECT elt.create_aggregate('random_agg.a_price', 'random_agg.kept', '{price_price,current_price,price_durable_key,iso_week_label}',
	'{"n": "count(*)", "c": "count(amount)", "s": "sum(amount)", "m": "avg(amount)", "w": "sum(weight)", "lo": "min(weight)", "hi": "max(weight)"}');
SELECT elt.create_aggregate('random_agg.a_day', 'random_agg.inferred', '{date_key,person_name,price_key}',
	'{"n": "count(*)", "c": "count(amount)", "s": "sum(amount)", "m": "avg(amount)", "w": "sum(weight)", "codes": "count(DISTINCT code)",
	"most": "percentile_disc(0.9) WITHIN GROUP (ORDER BY amount)",
	"about": "approx_percentile(amount, 0.9)"}');
CREATE VIEW w_name AS
SELECT p.name AS person_name, y.name AS payer_name, count(*) AS n, count(amount) AS c, sum(amount) AS s, avg(amount) AS m, sum(weight::text::numeric)::float8 AS w,
	min(amount) AS lo, max(at) AS hi, count(DISTINCT code) AS codes
FROM seen JOIN dim_person p USING (person_key) JOIN dim_payer y USING (payer_key) GROUP BY 1, 2;
CREATE VIEW w_price AS
SELECT v.price, v.current_price, k.price_durable_key, d.iso_week_label, count(*) AS n, count(amount) AS c, sum(amount) AS s, avg(amount) AS m, sum(weight::text::numeric)::float8 AS w,
	min(weight) AS lo, max(weight) AS hi
FROM kept k JOIN dim_price v USING (price_key) JOIN dim_date d USING (date_key) GROUP BY 1, 2, 3, 4;
CREATE VIEW w_day AS
SELECT date_key, p.name, price_key, count(*) AS n, count(amount) AS c, sum(amount) AS s, avg(amount) AS m, sum(weight::text::numeric)::float8 AS w,
	count(DISTINCT code) AS codes, percentile_disc(0.9) WITHIN GROUP (ORDER BY amount) AS most
FROM inferred JOIN dim_person p USING (person_key) GROUP BY 1, 2, 3;
CREATE VIEW k_name AS SELECT person_name, payer_name, n, c, s, m, w, lo, hi, codes FROM a_name;
CREATE VIEW k_price AS SELECT price_price, current_price, price_durable_key, iso_week_label, n, c, s, m, w, lo, hi FROM a_price;
CREATE VIEW k_day AS SELECT date_key, person_name, price_key, n, c, s, m, w, codes, most FROM a_day;
CREATE VIEW faults AS
SELECT 'a_name' AS of, x::text FROM ((TABLE k_name EXCEPT ALL TABLE w_name) UNION ALL (TABLE w_name EXCEPT ALL TABLE k_name)) x
UNION ALL SELECT 'a_price', x::text FROM ((TABLE k_price EXCEPT ALL TABLE w_price) UNION ALL (TABLE w_price EXCEPT ALL TABLE k_price)) x
UNION ALL SELECT 'a_day', x::text FROM ((TABLE k_day EXCEPT ALL TABLE w_day) UNION ALL (TABLE w_day EXCEPT ALL TABLE k_day)) x
UNION ALL SELECT 'a percentile', a.about::text FROM a_day a WHERE abs(a.about - a.most::float8) > 0.01001 * abs(a.most::float8);
CREATE FUNCTION pick(upto int) RETURNS int LANGUAGE sql AS 'SELECT (random() * upto)::int';
CREATE FUNCTION sales(first int, n int) RETURNS SETOF sale LANGUAGE sql AS $$
	SELECT g, nullif(random_agg.pick(5) - 1, 0), random_agg.pick(4), nullif(random_agg.pick(4), 0),
		CASE WHEN random() < 0.9 THEN date '2023-12-30' + random_agg.pick(30) END,
		CASE WHEN random() < 0.9 THEN (random() * 100)::numeric(10,3) END, CASE WHEN random() < 0.02 THEN 'NaN' ELSE random() END
	FROM generate_series(first, first + n - 1) g $$;
CREATE PROCEDURE step(n int) LANGUAGE plpgsql AS $$
DECLARE
	k int := 1 + random_agg.pick(4);
	d date := date '2024-01-01' + random_agg.pick(29);
BEGIN
	CASE random_agg.pick(13)
		WHEN 0 THEN INSERT INTO sale SELECT * FROM sales(n * 10, 5);
		WHEN 1 THEN INSERT INTO event SELECT * FROM sales(n * 10, 5);
		WHEN 2 THEN INSERT INTO person VALUES (k, 'p' || n % 3) ON CONFLICT (id) DO UPDATE SET name = excluded.name;
		WHEN 3 THEN DELETE FROM person WHERE id = k;
		WHEN 4 THEN INSERT INTO price SELECT k, n % 5, d, NULL WHERE NOT EXISTS (SELECT FROM price v WHERE v.code = k AND v.valid_from = d);
		WHEN 5 THEN UPDATE price v SET valid_from = d, price = n % 4 WHERE v.ctid = (SELECT min(w.ctid) FROM price w WHERE w.code = k)
				AND NOT EXISTS (SELECT FROM price w WHERE w.code = k AND w.valid_from = d);
		WHEN 6 THEN DELETE FROM price v WHERE v.code = k AND v.valid_from = (SELECT max(w.valid_from) FROM price w WHERE w.code = k);
		WHEN 7 THEN UPDATE sale SET at = d, person = CASE WHEN random() < 0.5 THEN k ELSE person END, amount = amount + 1 WHERE id % 7 = k;
		WHEN 8 THEN UPDATE event SET at = d, person = k, amount = amount + 1 WHERE id % 7 = k;
		WHEN 9 THEN DELETE FROM sale WHERE id % 11 = k;
		WHEN 10 THEN DELETE FROM event WHERE id % 11 = k;
		WHEN 11 THEN INSERT INTO event SELECT * FROM sales((n - 1) * 10, 12)
				ON CONFLICT (id) DO UPDATE SET (person, code, at, amount) = (excluded.person, excluded.code, excluded.at, excluded.amount);
		WHEN 12 THEN MERGE INTO sale t USING (SELECT * FROM sales((n - 1) * 10, 12)) s ON s.id = t.id
				WHEN MATCHED AND t.id % 3 = 0 THEN DELETE
				WHEN MATCHED THEN UPDATE SET person = s.person, code = s.code, at = s.at, amount = s.amount
				WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.person, s.payer, s.code, s.at, s.amount, s.weight);
		ELSE PERFORM elt.refresh_date_dimension('random_agg.dim_date', date '2024-01-20' + n % 9);
	END CASE;
END $$;
SELECT setseed(:seed / 1000.0) \g /dev/null
SELECT set_config('random_agg.trials', :'trials', false) \g /dev/null
DO $$
DECLARE
	found text;
	groups bigint := 0;
BEGIN
	FOR trial IN 1..current_setting('random_agg.trials')::int LOOP
		TRUNCATE sale, event;
		DELETE FROM person;
		FOR n IN 1..3 LOOP
			CALL random_agg.step(trial * 12 + n);
			SELECT string_agg(f.of || ' ' || f.x, ', ') INTO found FROM random_agg.faults f;
			IF found IS NOT NULL THEN
				RAISE EXCEPTION 'history %, step %: %', trial, n, left(found, 300);
			END IF;
			groups := groups + (SELECT count(*) FROM random_agg.a_name) + (SELECT count(*) FROM random_agg.a_day);
		END LOOP;
		COMMIT;
	END LOOP;
	IF groups < 500 THEN
		RAISE EXCEPTION 'there were few groups: %', groups;
	END IF;
END $$;
SELECT (SELECT count(*) FROM elt.verify_aggregate('random_agg.a_name')) + (SELECT count(*) FROM elt.verify_aggregate('random_agg.a_price'))
	+ (SELECT count(*) FROM elt.verify_aggregate('random_agg.a_day')) AS different;
DROP SCHEMA random_agg CASCADE;
