-- Random orders of facts, members, versions, corrections and deletes: after each step facts have the keys that an independent
-- query finds, stored or looked up, and totals agree. ELT_SEED repeats a run, ELT_TRIALS says how many histories.
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
CREATE SCHEMA random_star;
SET search_path = random_star;
CREATE TABLE person (id int PRIMARY KEY, name text);
CREATE TABLE price (code int, price int, valid_from date, valid_to date);
CREATE TABLE sale (id int PRIMARY KEY, person int, code int, at date, amount numeric);
SELECT elt.create_dimension('random_star.dim_person', 'random_star.person', '{id}', valid_when => 'id > 0');
SELECT elt.create_dimension('random_star.dim_price', 'random_star.price', '{code}', type => 6);
SELECT elt.create_date_dimension('random_star.dim_date', '2024-01-01', '2024-01-31');
SELECT elt.create_fact(name, 'random_star.sale', '{id}', '{"dim_person": "person", "dim_price": "code"}', '{"dim_date": "at"}', '{amount}',
	store_keys => stored, infer_members => infers)
FROM (VALUES ('random_star.seen', false, false), ('random_star.kept', true, false)) v(name, stored, infers);
-- What the sources say, without a look at the dimensions: the price at the day is of the version that began last before it.
CREATE VIEW wanted AS
SELECT s.*, p.name, (SELECT count(*) FROM person q WHERE q.id = s.person) AS persons,
	(SELECT v.price FROM price v WHERE v.code = s.code AND v.valid_from <= s.at AND v.valid_from < coalesce(v.valid_to, 'infinity')
		ORDER BY v.valid_from DESC, (v.valid_to > s.at OR v.valid_to IS NULL) DESC LIMIT 1) AS price
FROM sale s LEFT JOIN person p ON p.id = s.person;
CREATE PROCEDURE step(n int) LANGUAGE plpgsql AS $$
DECLARE
	k int := 1 + random() * 4;
	d date := date '2024-01-01' + (random() * 29)::int;
BEGIN
	CASE (random() * 8)::int
		WHEN 0, 8 THEN INSERT INTO sale SELECT g, nullif((random() * 5)::int - 1, 0), nullif((random() * 4)::int, 0),
				CASE WHEN random() < 0.9 THEN date '2023-12-30' + (random() * 35)::int END, random() * 100
			FROM generate_series(n * 10, n * 10 + 4) g;
		WHEN 1 THEN INSERT INTO person VALUES (k, 'p' || n) ON CONFLICT (id) DO UPDATE SET name = excluded.name;
		WHEN 2 THEN DELETE FROM person WHERE id = k;
		WHEN 3 THEN INSERT INTO price SELECT k, n, d, NULL WHERE NOT EXISTS (SELECT FROM price v WHERE v.code = k AND v.valid_from = d);
		WHEN 4 THEN UPDATE price v SET valid_from = d WHERE v.ctid = (SELECT min(w.ctid) FROM price w WHERE w.code = k)
				AND NOT EXISTS (SELECT FROM price w WHERE w.code = k AND w.valid_from = d);
		WHEN 5 THEN DELETE FROM price v WHERE v.code = k AND v.valid_from = (SELECT max(w.valid_from) FROM price w WHERE w.code = k)
				AND (SELECT count(*) FROM price w WHERE w.code = k) > 1;
		WHEN 6 THEN UPDATE sale SET at = d, person = CASE WHEN random() < 0.5 THEN k ELSE person END WHERE id % 7 = k;
		ELSE DELETE FROM sale WHERE id % 11 = k;
	END CASE;
END $$;
CREATE FUNCTION faults() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(what, ', ') FROM (
		SELECT 'stored and looked up differ' AS what FROM (
			(TABLE random_star.seen EXCEPT ALL TABLE random_star.kept) UNION ALL (TABLE random_star.kept EXCEPT ALL TABLE random_star.seen)) x
		UNION ALL
		SELECT format('sale %s', w.id) FROM random_star.wanted w FULL JOIN random_star.kept k USING (id)
			LEFT JOIN random_star.dim_person p USING (person_key) LEFT JOIN random_star.dim_price v USING (price_key)
		WHERE w.id IS NULL OR k.id IS NULL OR w.price IS DISTINCT FROM v.price
			OR CASE WHEN w.person IS NULL THEN k.person_key <> -2 WHEN w.persons = 0 AND w.person < 0 THEN k.person_key <> -3
				WHEN w.persons = 1 THEN w.name IS DISTINCT FROM p.name ELSE k.person_key > 0 AND NOT p.is_deleted END
			OR k.date_key <> CASE WHEN w.at IS NULL THEN -2 WHEN w.at BETWEEN '2024-01-01' AND '2024-01-31' THEN to_char(w.at, 'YYYYMMDD')::int ELSE -1 END
		UNION ALL
		SELECT 'totals differ' FROM random_star.sale s FULL JOIN random_star.kept k USING (id) HAVING sum(s.amount) IS DISTINCT FROM sum(k.amount)
	) f $$;
SELECT setseed(:seed / 1000.0) \g /dev/null
SELECT set_config('random_star.trials', :'trials', false) \g /dev/null
DO $$
DECLARE
	found text;
	resolved bigint := 0;
BEGIN
	FOR trial IN 1..current_setting('random_star.trials')::int LOOP
		TRUNCATE sale;
		DELETE FROM person;
		FOR n IN 1..8 LOOP
			CALL random_star.step(trial * 12 + n);
			found := random_star.faults();
			IF found IS NOT NULL THEN
				RAISE EXCEPTION 'history %, step %: %', trial, n, left(found, 200);
			END IF;
			resolved := resolved + (SELECT count(*) FROM random_star.kept WHERE price_key > 0 AND person_key > 0);
		END LOOP;
		COMMIT;
	END LOOP;
	IF resolved < 100 THEN
		RAISE EXCEPTION 'few facts had members: %', resolved;
	END IF;
END $$;
SELECT count(*) FROM elt.verify_star('random_star.kept') WHERE NOT agrees;
DROP SCHEMA random_star CASCADE;
