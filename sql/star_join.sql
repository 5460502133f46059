-- Facts that look keys up, joined with filtered dimensions: the same answers with elt.star_joins and without, and plans that begin
-- with the dimension where the filter leaves the fixed members out.
SET client_min_messages = warning;
CREATE SCHEMA joins;
SET search_path = joins;
CREATE TABLE customer (id int PRIMARY KEY, segment text, size int);
CREATE TABLE part (maker text, no int, color varchar(7), PRIMARY KEY (maker, no));
CREATE TABLE rate (id int, class text, valid_from timestamptz, valid_to timestamptz);
CREATE TABLE sale (id int PRIMARY KEY, cust int, maker text, no int, rate int, at timestamptz, sent date, amount int);
INSERT INTO customer SELECT n, 'segment ' || n % 4, n % 5 FROM generate_series(1, 40) n;
INSERT INTO part SELECT 'maker ' || n % 3, n, (ARRAY['red', 'blue', 'unknown'])[n % 3 + 1] FROM generate_series(1, 30) n;
INSERT INTO rate SELECT n, 'class ' || (n + v) % 3, timestamptz '2024-01-01' + v * interval '50 days',
	CASE v WHEN 0 THEN timestamptz '2024-02-20' END FROM generate_series(1, 10) n, generate_series(0, 1) v;
-- Every fifth sale has a null or a value that leads nowhere.
INSERT INTO sale SELECT n, CASE n % 15 WHEN 0 THEN NULL WHEN 5 THEN 99 WHEN 10 THEN -5 ELSE n % 40 + 1 END,
	CASE WHEN n % 20 <> 0 THEN 'maker ' || n % 3 END, n % 35 + 1, CASE WHEN n % 10 <> 5 THEN n % 12 END,
	timestamptz '2023-12-30' + n * interval '3 hours', CASE WHEN n % 7 <> 0 THEN date '2024-01-01' + n / 8 END, n
FROM generate_series(1, 600) n;
SELECT elt.create_date_dimension('joins.dim_date', '2024-01-01', '2024-12-31');
SELECT elt.create_role_dimension('joins.dim_sent_date', 'joins.dim_date');
SELECT elt.create_dimension('joins.dim_customer', 'joins.customer', '{id}', valid_when => 'id > 0');
SELECT elt.create_dimension('joins.dim_part', 'joins.part', '{maker,no}');
SELECT elt.create_dimension('joins.dim_rate', 'joins.rate', '{id}', type => 2, attributes => '{class}');
SELECT elt.create_fact('joins.fact_sale', 'joins.sale', '{id}',
	'{"dim_customer": "cust", "dim_part": ["maker", "no"], "dim_rate": "rate"}', '{"dim_date": "at", "dim_sent_date": "sent"}',
	'{amount}', infer_members => false, day_zone => 'UTC');
CREATE FUNCTION plan_looks_up(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	keys text[] = '{}';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS off) ' || query LOOP
		-- The keys that a join compares, and not what its output has.
		IF line ~ '(Cond|Filter): .*COALESCE' THEN
			keys = keys || (regexp_match(line, 'COALESCE\(\w+\.(\w+)'))[1];
		END IF;
	END LOOP;
	RETURN (SELECT string_agg(DISTINCT k, ',' ORDER BY k) FROM unnest(keys) k);
END $$;
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT concat(count(*), '' '', md5(string_agg(a::text, E''\n'' ORDER BY a::text))) FROM (%s) a', query) INTO result;
	RETURN result;
END $$;
CREATE TABLE filter (no serial, dims text, condition text);
INSERT INTO filter (dims, condition) VALUES
	('c', 'c.segment = ''segment 1'''),
	('c', 'c.segment IN (''segment 1'', ''segment 2'') AND c.size > 1'),
	('c', 'c.segment IN (''segment 1'', ''unknown'')'),
	('c', 'c.segment <> ''missing'''),
	('c', 'c.segment > ''m'''),
	('c', 'c.size = 3'),
	('c', 'c.size IS NULL'),
	('c', 'NOT c.size = 3'),
	('c', 'c.size = ANY (ARRAY[1, 2])'),
	('c', '(c.size = ANY (''{}''::int[]))::int = 0'),
	('c', 'c.size = 3 OR c.segment = ''invalid'''),
	('c', 'c.size + length(f.maker) > 8'),
	('c', 'c.id < 10'),
	('c', 'c.customer_key = 7'),
	('c', 'c.customer_key = -2'),
	('c', 'c.customer_key > 0'),
	('c', 'abs(c.size) = 2'),
	('c', 'c.segment LIKE ''segment%'''),
	('c', 'c IS NOT NULL'),
	('c', 'NOT c.is_inferred'),
	('p', 'p.color = ''red'''),
	('p', 'p.color = ''unknown'''),
	('p', 'p.maker = ''maker 1'' AND p.no > 5'),
	('r', 'r.class = ''class 1'''),
	('r', 'r.class = ''missing'''),
	('d', 'd.month = 2'),
	('d', 'd.date < ''2024-02-01'''),
	('d', 'd.days_ago > 0'),
	('d', 'd.day_name = ''Sunday'''),
	('s', 's.month = 1 AND NOT s.is_weekend'),
	('cd', 'c.size = 2 AND d.month = 1'),
	('cprds', 'c.segment = ''segment 1'' AND p.color = ''blue'' AND d.year = 2024 AND r.class <> ''class 0'' AND s.month < 6'),
	('cprds', 'c.segment = ''segment 1'' AND p.color >= ''blue''');
CREATE FUNCTION over(f filter) RETURNS text LANGUAGE sql
RETURN format('SELECT f.id, f.customer_key, f.part_key, f.rate_key, f.date_key, f.sent_date_key, f.amount FROM fact_sale f%s%s%s%s%s WHERE %s',
	CASE WHEN f.dims ~ 'c' THEN ' JOIN dim_customer c USING (customer_key)' END,
	CASE WHEN f.dims ~ 'p' THEN ' JOIN dim_part p USING (part_key)' END,
	CASE WHEN f.dims ~ 'r' THEN ' JOIN dim_rate r ON r.rate_key = f.rate_key' END,
	CASE WHEN f.dims ~ 'd' THEN ' JOIN dim_date d USING (date_key)' END,
	CASE WHEN f.dims ~ 's' THEN ' JOIN dim_sent_date s ON f.sent_date_key = s.sent_date_key' END, f.condition);
CREATE TABLE plain AS SELECT set_config('elt.star_joins', 'off', false), no, answer(over(f)) FROM filter f;
SET elt.star_joins = on;
-- What looked_up names is looked up for every fact.
SELECT f.dims, f.condition, split_part(answer(over(f)), ' ', 1) AS rows, answer(over(f)) = p.answer AS same, plan_looks_up(over(f)) AS looked_up
FROM filter f JOIN plain p USING (no) ORDER BY no;

-- Not below an outer join, whose rows stay without a member; and in levels of their own.
CREATE TABLE wide (no serial, query text);
INSERT INTO wide (query) VALUES
	('SELECT f.id, c.segment FROM fact_sale f LEFT JOIN dim_customer c ON c.customer_key = f.customer_key AND c.segment = ''segment 1'''),
	('SELECT c.id, count(f.id) FROM dim_customer c LEFT JOIN fact_sale f USING (customer_key) WHERE c.segment = ''segment 1'' GROUP BY 1'),
	('SELECT id FROM sale EXCEPT SELECT f.id FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = ''segment 1'''),
	('WITH w AS MATERIALIZED (SELECT f.amount FROM fact_sale f, dim_customer c WHERE c.customer_key = f.customer_key AND c.segment = ''segment 1'') SELECT sum(amount) FROM w'),
	('SELECT id FROM sale s WHERE EXISTS (SELECT FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE f.id = s.id AND c.segment = ''segment 1'')'),
	('SELECT f FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = ''segment 1'''),
	('SELECT f.id FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = ''segment 1'' AND (SELECT to_jsonb(f) ->> ''maker'') = ''maker 1'''),
	('SELECT j FROM (fact_sale f JOIN dim_customer c USING (customer_key)) j WHERE segment = ''segment 1'''),
	('SELECT f.maker, c.segment, d.month, sum(amount) FROM fact_sale f JOIN dim_customer c USING (customer_key) JOIN dim_date d USING (date_key) WHERE c.size = 2 AND d.month < 3 GROUP BY CUBE (1, 2, 3)'),
	('SELECT f.customer_key, count(*) OVER (PARTITION BY c.segment) FROM fact_sale f, dim_customer c, dim_customer e WHERE f.customer_key = c.customer_key AND e.customer_key = f.customer_key AND e.size = 2'),
	('SELECT DISTINCT ON (c.segment) c.segment, f.id FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.size < 4 ORDER BY 1, 2 LIMIT 3'),
	('SELECT f.id FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.size = 2 UNION ALL SELECT f.id FROM fact_sale f JOIN dim_part p USING (part_key) WHERE p.color = ''red'''),
	('SELECT s.id, v.n FROM sale s, LATERAL (SELECT count(*) AS n FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.size = s.no % 5 AND c.segment = ''segment 1'') v'),
	('SELECT o.s, (SELECT count(*) FROM fact_sale f JOIN (SELECT customer_key, segment = o.s AS hit FROM dim_customer) c USING (customer_key) WHERE c.hit) FROM (VALUES (''segment 1''), (''unknown'')) o(s)'),
	('SELECT f.id, g.id FROM fact_sale f JOIN fact_sale g USING (customer_key) JOIN dim_customer c USING (customer_key) WHERE c.segment = ''segment 1'' AND f.id <> g.id');
CREATE TABLE plain_wide AS SELECT set_config('elt.star_joins', 'off', false), no, answer(query) FROM wide;
SET elt.star_joins = on;
SELECT no, split_part(answer(query), ' ', 1) AS rows, answer(query) = p.answer AS same FROM wide JOIN plain_wide p USING (no) ORDER BY no;

-- Random queries: conditions of every form, joins of every kind, parameters that a plan knows or not.
\set seed 1
\set trials ''
\set soak ''
\getenv seed ELT_SEED
\getenv trials ELT_TRIALS
\getenv soak ELT_SOAK
SELECT set_config('joins.trials', CASE WHEN :'trials' <> '' THEN :'trials' WHEN :'soak' <> '' THEN '5000' ELSE '40' END, false) \g /dev/null
CREATE VIEW mid_fact AS SELECT * FROM fact_sale WHERE amount % 3 < 2;
CREATE VIEW own_fact AS SELECT customer_key, part_key, rate_key, rate_durable_key, date_key, sent_date_key, id, amount, maker, no, at FROM mid_fact;
CREATE VIEW barred_fact WITH (security_barrier) AS SELECT * FROM fact_sale;
CREATE VIEW barred_customer WITH (security_barrier) AS SELECT * FROM dim_customer;
CREATE VIEW own_customer AS SELECT customer_key, id, size + 0 AS size, coalesce(segment, 'segment 1') AS segment, is_inferred FROM dim_customer;
CREATE FUNCTION pick(choices text[]) RETURNS text VOLATILE RETURN choices[1 + floor(random() * cardinality(choices))];
CREATE FUNCTION pick(choices text) RETURNS text VOLATILE RETURN pick(string_to_array(choices, '|'));
CREATE FUNCTION is_odd(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN n % 2 = 1; END';
CREATE FUNCTION often(n int) RETURNS boolean LANGUAGE plpgsql VOLATILE STRICT AS 'BEGIN RETURN n < 3; END';
CREATE FUNCTION second(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(b, a)';
-- Columns and constants of a dimension, as texts, numbers and keys.
CREATE TABLE dim (d text PRIMARY KEY, relations text[], key text, fact_key text, texts text[], words text[], numbers text[]);
INSERT INTO dim VALUES
	('c', '{dim_customer,dim_customer,own_customer,barred_customer,dim_customer_members}', 'customer_key', 'customer_key', '{segment}', '{"segment 1","segment 2"}', '{size,id,customer_key}'),
	('e', '{dim_customer,own_customer}', 'customer_key', 'customer_key', '{segment}', '{"segment 1","segment 3"}', '{size,id,customer_key}'),
	('p', '{dim_part}', 'part_key', 'part_key', '{maker,color}', '{"maker 1",red,blue}', '{no,part_key}'),
	('r', '{dim_rate}', 'rate_key', 'rate_key', '{class}', '{"class 1","class 2"}', '{id,rate_key}'),
	('n', '{dim_rate_current}', 'rate_durable_key', 'rate_durable_key', '{class}', '{"class 1","class 2"}', '{id}'),
	('d', '{dim_date}', 'date_key', 'date_key', '{day_name,month_label}', '{Sunday,"2024-02"}', '{month,date_key,"year - 2020"}'),
	('s', '{dim_sent_date}', 'sent_date_key', 'sent_date_key', '{day_name}', '{Sunday,Monday}', '{month,iso_week}');
CREATE FUNCTION condition(of dim, depth int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t text := CASE WHEN random() < 0.8 THEN of.d || '.' ELSE 'lower(' || of.d || '.' END || pick(of.texts);
	n text := format(pick('%s.%s|%s.%s|%s.%s|(%s.%s)::int|abs(%s.%s)|-%s.%s'), of.d, pick(of.numbers));
	w text := pick(of.words || '{unknown,missing,invalid,Unknown,m}'::text[]);
	i text := pick('-3|-2|-1|0|1|2|3|20');
BEGIN
	t := t || CASE WHEN t LIKE 'lower%' THEN ')' ELSE '' END;
	IF depth > 0 AND random() < 0.5 THEN
		RETURN format(pick('(%s AND %s)|(%s OR %s)|(NOT (%s) AND %s)|(NOT ((%s) OR NOT (%s)))|((%s) = (%s))|(CASE WHEN %s THEN false ELSE %s END)|'
			'(coalesce(%s,%s))|((%s) IS NOT TRUE AND %s)|((%s) IS UNKNOWN OR %s)|((%s)::int <= (%s)::int)'),
			condition(of, depth - 1), condition(of, depth - 1));
	END IF;
	RETURN CASE floor(random() * 25)::int
		WHEN 0 THEN format('%s = %L', t, w)
		WHEN 1 THEN format('%s <> %L', t, w)
		WHEN 2 THEN format('%s IN (%L, %L)', t, w, pick(of.words))
		WHEN 3 THEN format('%s NOT IN (%L, %L)', t, w, pick(of.words))
		WHEN 4 THEN format('%s %s %L', t, pick('<|<=|>|>='), w)
		WHEN 5 THEN format('%s IS %s', t, pick('NULL|NOT NULL'))
		WHEN 6 THEN format('%s IS %s DISTINCT FROM %L', t, pick('|NOT'), w)
		WHEN 7 THEN format('%s %s %L', t, pick('LIKE|NOT LIKE|~|^@'), left(w, 3) || '%')
		WHEN 8 THEN format('%s = $1', t)
		WHEN 9 THEN format('%s %s $2', n, pick('=|<>|<|>=|IS DISTINCT FROM'))
		WHEN 10 THEN format('%s %s ($3)', n, pick('= ANY|<> ALL|= ALL|< ANY'))
		WHEN 11 THEN format('(%s = ANY (%s))::int = %s', n, pick('$3|''{}''::int[]|''{1,2}''::int[]|NULL::int[]'), pick('0|1'))
		WHEN 12 THEN format('%s %s %s', n, pick('=|<>|<|>|>=|IS DISTINCT FROM|IS NOT DISTINCT FROM'), i)
		WHEN 13 THEN format('%s IS %s', n, pick('NULL|NOT NULL'))
		WHEN 14 THEN format('(%s, %s) %s (%L, %s)', t, n, pick('=|<>|<|>='), w, i)
		WHEN 15 THEN format('(%s, %s) IN ((%L, %s), (%L, 2))', t, n, w, i, pick(of.words))
		WHEN 16 THEN format('coalesce(%s, %s) %s 2', n, i, pick('=|<|>'))
		WHEN 17 THEN format('CASE %s WHEN %L THEN %s > 1 WHEN ''unknown'' THEN true END', t, w, n)
		WHEN 18 THEN format('%s(%s::int)', pick('is_odd|often'), n)
		WHEN 19 THEN format('%s = second(%L, %s)', t, w, pick('$1|''missing''|NULL'))
		WHEN 20 THEN format('nullif(%s, %L) %s', t, w, pick('IS NULL|IS NOT NULL|= ''missing'''))
		WHEN 21 THEN format('%s %s (SELECT %s)', n, pick('=|>'), i)
		WHEN 22 THEN format('%s IN (SELECT x.segment FROM customer x WHERE x.size = %s)', t, i)
		WHEN 23 THEN format('%s = f.amount %% 5', n)
		ELSE format('%s.%s %s', of.d, of.key, pick('> 0|<> -1|= -2|IN (-1,7)|>= -3|BETWEEN -2 AND 9'))
	END;
END $$;
CREATE FUNCTION random_query() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	of dim;
	source text;
	relation text;
	tables text := pick('fact_sale|fact_sale|fact_sale|fact_sale|own_fact|mid_fact|barred_fact|fact_sale_asof') || ' f';
	wheres text := 'true';
	sql text;
BEGIN
	FOR of IN SELECT * FROM dim ORDER BY random() LIMIT 1 + floor(random() * 3) LOOP
		relation := pick(of.relations);
		source := pick('%1$s %2$s|%1$s %2$s|%1$s %2$s|(SELECT *, o.s = %3$s AS hit FROM %1$s) %2$s|(SELECT * FROM %1$s OFFSET 0) %2$s');
		source := format(source, relation, of.d, of.texts[1]);
		tables := format(CASE WHEN random() < 0.25 THEN '%2$s %3$s JOIN %1$s' ELSE '%1$s %3$s JOIN %2$s' END || ' ON f.%4$s = %5$s.%6$s%7$s',
			CASE WHEN tables LIKE '% JOIN %' THEN '(' || tables || ')' ELSE tables END, source, pick('INNER|INNER|INNER|INNER|INNER|INNER|LEFT|RIGHT|FULL'),
			of.fact_key, of.d, of.key, CASE WHEN random() < 0.2 THEN ' AND ' || condition(of, 0) ELSE '' END);
		wheres := wheres || CASE WHEN random() < 0.9 THEN ' AND ' || condition(of, floor(random() * 3)::int) ELSE '' END
			|| CASE WHEN source LIKE '%AS hit%' AND random() < 0.7 THEN format(' AND %s.hit', of.d) ELSE '' END;
	END LOOP;
	sql := format('SELECT %s FROM %s WHERE %s', pick(ARRAY['f.id, f.amount', 'f.*', 'f.id, f', 'count(f.*)', 'f.customer_key, sum(f.amount)', 'f.date_key, f.id',
		'f.id, ' || of.d || '.' || of.key]), tables, wheres);
	IF sql LIKE '%f.customer_key, sum%' THEN
		sql := sql || ' GROUP BY f.customer_key';
	END IF;
	IF random() < 0.2 AND sql NOT LIKE '%sum(%' THEN
		RETURN format('SELECT s0.id, o.s FROM sale s0, (VALUES (''segment 1''), (''unknown'')) o(s) WHERE s0.id < 40 AND %s (%s AND f.id %% 50 = s0.id)', pick('EXISTS|NOT EXISTS'), sql);
	END IF;
	RETURN format('SELECT o.s, q FROM (VALUES (''segment 1''), (''unknown'')) o(s), LATERAL (%s) q', sql);
END $$;
CREATE FUNCTION answer_with(setting boolean, plans text, args text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('elt.star_joins', setting::text, true), set_config('plan_cache_mode', plans, true);
	EXECUTE 'EXECUTE asked' || args INTO result;
	RETURN result;
EXCEPTION WHEN division_by_zero THEN
	RETURN SQLSTATE;
END $$;
CREATE PROCEDURE compare_random() LANGUAGE plpgsql AS $$
DECLARE
	query text;
	args text;
	wanted text;
	compared int := 0;
	filled int := 0;
BEGIN
	FOR trial IN 1..current_setting('joins.trials')::int LOOP
		query := random_query();
		BEGIN
			EXECUTE format('PREPARE asked(text, int, int[]) AS SELECT concat(count(*), '' '', md5(string_agg(a::text, E''\n'' ORDER BY a::text))) FROM (%s) a', query);
			FOR n IN 1..2 LOOP
				args := format('(%L, %s, %L)', pick('segment 1|unknown|missing|red|Sunday'), pick('-1|0|1|2|NULL'), pick('{}|{1,2}|{-1,3}|NULL'));
				args := replace(args, '''NULL''', 'NULL');
				wanted := answer_with(false, 'force_custom_plan', args);
				IF wanted IS DISTINCT FROM answer_with(true, 'force_custom_plan', args) OR wanted IS DISTINCT FROM answer_with(true, 'force_generic_plan', args) THEN
					RAISE WARNING 'another answer to %, with %', query, args;
				END IF;
				compared := compared + 1;
				filled := filled + (wanted !~ '^0 ')::int;
			END LOOP;
		EXCEPTION WHEN feature_not_supported THEN	-- FULL JOIN ON such a condition
		WHEN OTHERS THEN RAISE WARNING '% %: %', SQLSTATE, SQLERRM, query;
		END;
		IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'asked') THEN DEALLOCATE asked; END IF;
	END LOOP;
	IF compared < 1.5 * current_setting('joins.trials')::int OR filled < compared / 5 THEN
		RAISE WARNING 'few answers: % compared, % with rows', compared, filled;
	END IF;
END $$;
SELECT setseed(:seed / 1000.0) \g /dev/null
CALL compare_random();

-- A parameter is known to the plan made for its value, and not to one for all values.
PREPARE sizes(text) AS SELECT count(*) FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = $1;
SET plan_cache_mode = force_custom_plan;
EXECUTE sizes('segment 1');
EXECUTE sizes('unknown');
SET plan_cache_mode = force_generic_plan;
EXECUTE sizes('segment 1');
EXECUTE sizes('missing');
-- The greatest limit on what is ordered has no more to give.
SET join_collapse_limit = 2147483647;
SELECT count(*) FROM fact_sale f JOIN dim_customer c USING (customer_key) JOIN dim_part p USING (part_key) WHERE c.segment = 'segment 1' AND p.color = 'red';
RESET join_collapse_limit;
-- A plan that relies on the fixed members ends with the constraint that keeps them.
PREPARE ones AS SELECT count(*) FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = 'segment 1';
EXECUTE ones;
UPDATE dim_customer_members SET segment = 'segment 1' WHERE customer_key = -1;
ALTER TABLE dim_customer_members DROP CONSTRAINT fixed_members;
UPDATE dim_customer_members SET segment = 'segment 1' WHERE customer_key = -1;
EXECUTE ones;
CALL compare_random();
DROP SCHEMA joins CASCADE;
