-- Random checks over random dirty loads, then random replays, fixes and discards: after each step every row is
-- counted where it went, as SQL counts it over what the files say, and in the end the targets are what a clean source
-- would have given, without the rows that a check has dropped or somebody has discarded.
\getenv seed ELT_SEED
\getenv soak ELT_SOAK
\if :{?seed}
\else
\set seed 1
\endif
\set rounds 2
\if :{?soak}
SELECT CASE WHEN :'soak' = '' THEN 2 ELSE 40 END AS rounds \gset
\endif
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
SELECT current_setting('data_directory') || '/elt_quality_random' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA quality_random;
SET search_path = quality_random;
CREATE SERVER quality_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE DOMAIN clean AS text;
CREATE TABLE country (code text);
INSERT INTO country VALUES ('de'), ('fr');
CREATE FOREIGN TABLE doc (id int, n date, v clean, w int, txt text, at timestamptz, land text)
	SERVER quality_files OPTIONS (glob 'load*.jsonl', settle '0', on_change 'merge', format 'jsonl');
CREATE VIEW pipelines AS SELECT unnest('{q_upsert,q_append,q_history}'::text[]) AS name;

-- All builders, and conditions that only SQL evaluates. broken: the same as a query would say it of a row of truth.
CREATE TABLE pool AS
SELECT name, null_passes, expression, coalesce(broken, format('(%s) IS FALSE', expression)) AS broken
FROM (VALUES (true), (false)) AS p(null_passes), LATERAL (VALUES
	('present', elt.not_null('txt'), NULL), ('between', elt.in_range('w', '5', '40', null_passes), NULL),
	('low', elt.in_range('w', low => '8', null_passes => null_passes), NULL),
	('early', elt.in_range('at', high => '2025-06-01', null_passes => null_passes), NULL),
	('accepted', elt.accepted_values('txt', '{a@b.cd,https://a.bc,it''s}', null_passes), NULL),
	('pattern', elt.matches('txt', '^[a-mD]', null_passes), NULL), ('length', elt.has_length('txt', 1, 8, null_passes), NULL),
	('past', elt.not_future('at', null_passes), NULL), ('positive', elt.is_positive('w', null_passes), NULL),
	('email', elt.is_email('txt', null_passes), NULL), ('url', elt.is_url('txt', null_passes), NULL),
	('iban', elt.is_iban('txt', null_passes), NULL),
	('land', elt.refers_to('{land}', 'country', '{code}', null_passes => null_passes),
		CASE WHEN null_passes THEN 'land NOT IN (SELECT code FROM country)' ELSE 'coalesce(land NOT IN (SELECT code FROM country), true)' END),
	('third', 'w % 3 <> 0', NULL), ('mixed', 'length(v) + w > 9 OR txt IS NULL', NULL), ('hashed', 'md5(v) > ''3''', NULL),
	('once', 'UNIQUE (w)', 'w IS NOT NULL AND earlier')) AS c(name, expression, broken);
SELECT count(DISTINCT name), count(*) FROM pool;
CREATE TABLE chosen (place int, name text, expression text, broken text, action text);

-- What the files say, and what each pipeline knows of it. dirt: 1 a value that its type refuses, 2 a line that is cut;
-- earlier: another row of the load that is decoded has its w.
CREATE TABLE source (load int, line int, id int, n date, v text, w int, txt text, at timestamptz, land text, dirt int);
CREATE TABLE truth (LIKE source, pipeline text, earlier boolean);
CREATE FUNCTION line_of(r source) RETURNS text LANGUAGE sql RETURN left((to_jsonb(r) - '{load,line,dirt}'::text[])::text, CASE WHEN r.dirt = 2 THEN -1 ELSE 1000 END);
CREATE FUNCTION make(seed float8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(seed);
	TRUNCATE source, truth, chosen;
	INSERT INTO source SELECT load, line, (random() * 33)::int, '2024-01-01'::date + load * 100 + line, 'v' || load || '_' || line,
		CASE WHEN random() < 0.9 THEN (random() * 60)::int - 10 END,
		(ARRAY['a@b.cd', 'https://a.bc', 'it''txt', 'DE89370400440532013000', 'ö', '', NULL, 'zzzz zzzz z'])[1 + (random() * 7.99)::int % 8],
		CASE WHEN random() < 0.9 THEN '2024-01-01'::timestamptz + (random() * 5)::int * interval '200 days' + CASE WHEN random() < 0.2 THEN interval '90 years' ELSE '0' END END,
		(ARRAY['de', 'fr', 'xx', NULL])[1 + (random() * 3.99)::int % 4], greatest((random() * 8)::int - 6, 0)
	FROM generate_series(1, 3) load, generate_series(1, 50) line;
	UPDATE source SET v = 'x' || v WHERE dirt = 1;
	INSERT INTO truth SELECT s.*, p.name, dirt = 0 AND EXISTS (SELECT FROM source o WHERE o.load = s.load AND o.line < s.line AND o.w = s.w AND o.dirt = 0)
	FROM source s, pipelines p;
	INSERT INTO chosen SELECT row_number() OVER (), p.name, expression, broken,
		CASE WHEN p.name = 'once' THEN 'warn' ELSE (ARRAY['quarantine', 'quarantine', 'quarantine', 'drop', 'warn'])[1 + (random() * 4.99)::int % 5] END
	FROM (SELECT * FROM (SELECT DISTINCT ON (name) * FROM pool ORDER BY name, random()) o ORDER BY name <> 'once', random() LIMIT 5) p;
	UPDATE chosen SET action = CASE place WHEN 2 THEN 'quarantine' ELSE 'drop' END WHERE place IN (2, 3);
END $$;
CREATE FUNCTION put(loads int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid;
BEGIN
	FOR i IN 1..3 LOOP
		CONTINUE WHEN loads NOT IN (0, i);
		lo := lo_from_bytea(0, convert_to(coalesce((SELECT string_agg(line_of(src), E'\n' ORDER BY line) FROM source src WHERE load = i AND loads > 0), ''), 'UTF8'));
		PERFORM lo_export(lo, current_setting('data_directory') || '/elt_quality_random/load' || i || '.jsonl'), lo_unlink(lo);
	END LOOP;
END $$;

-- The checks that a row breaks, in their order.
CREATE FUNCTION broken(t truth) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	c chosen;
	bad boolean;
	names text[] := '{}';
BEGIN
	FOR c IN SELECT * FROM chosen ORDER BY place LOOP
		EXECUTE format('SELECT %s FROM (SELECT ($1).*) AS r', c.broken) INTO bad USING t;
		names := names || CASE WHEN bad THEN ARRAY[c.name] ELSE '{}' END;
	END LOOP;
	RETURN names;
END $$;
CREATE FUNCTION has_action(names text[], wanted text) RETURNS boolean LANGUAGE sql AS $$ SELECT EXISTS (SELECT FROM chosen WHERE name = ANY (names) AND action = wanted) $$;
-- What becomes of a row that is decoded.
CREATE FUNCTION fate(names text[]) RETURNS text LANGUAGE sql RETURN CASE WHEN has_action(names, 'quarantine') THEN 'quarantined' WHEN has_action(names, 'drop') THEN 'dropped' ELSE 'landed' END;

-- A line for each thing that is not as SQL says: none is expected.
CREATE TABLE fault (round int, step text, what text);
CREATE TABLE tried (round int, what text, n bigint);
CREATE FUNCTION n_of(raw text) RETURNS date LANGUAGE sql RETURN substring(raw from '"n": ?"([0-9-]+)"')::date;

CREATE FUNCTION account(round int, step text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO fault SELECT round, step, format('run %s of %s: %s rows read are nowhere', run_id, r.pipeline, lost) FROM (SELECT *,
		rows_read - rows_inserted - rows_updated - rows_unchanged - rows_deleted - rows_stale - rows_duplicate - rows_quarantined - rows_dropped - rows_refused AS lost
		FROM elt.runs JOIN pipelines ON pipeline = name) r WHERE lost <> 0;
	-- each row that has neither landed nor been dropped is one reject
	INSERT INTO fault SELECT round, step, format('%s %s: %s rejects of it are open', pipeline, n, count(*)) FROM elt.rejects j JOIN pipelines ON pipeline = name,
		LATERAL n_of(raw) n WHERE state IN ('new', 'fixed') GROUP BY pipeline, n HAVING count(*) > 1 $$;

-- A load, row by row: its numbers, its checks' numbers, and which checks each reject names.
CREATE FUNCTION judge_load(round int, which int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE loaded AS SELECT t.pipeline, t.n, t.dirt, b AS names, CASE WHEN dirt > 0 THEN 'undecoded' ELSE fate(b) END AS fate
		FROM truth t, broken(t.*) b WHERE load = which;
	CREATE TEMP VIEW last AS SELECT DISTINCT ON (pipeline) * FROM elt.runs JOIN pipelines ON pipeline = name ORDER BY pipeline, run_id DESC;
	INSERT INTO fault SELECT round, 'load ' || which, format('%s: %s instead of %s', l.pipeline, ARRAY[rows_read, rows_quarantined, rows_dropped], e.expected) FROM last l
		JOIN (SELECT pipeline, ARRAY[count(*), count(*) FILTER (WHERE fate IN ('undecoded', 'quarantined')), count(*) FILTER (WHERE fate = 'dropped')] AS expected
			FROM loaded GROUP BY 1) e USING (pipeline) WHERE ARRAY[rows_read, rows_quarantined, rows_dropped] <> e.expected;
	INSERT INTO fault SELECT round, 'load ' || which, format('%s: %s rows break %s instead of %s', c.pipeline, c.rows_failed, c.check_name, e.rows)
		FROM elt.check_results c JOIN last l USING (run_id) JOIN (SELECT pipeline, name, count(*) FILTER (WHERE name = ANY (names) AND dirt = 0) AS rows FROM loaded, chosen GROUP BY 1, 2) e
		ON e.pipeline = c.pipeline AND e.name = c.check_name WHERE c.rows_failed <> e.rows;
	INSERT INTO fault SELECT round, 'load ' || which, format('%s %s: %s instead of %s', e.pipeline, e.n, j.checks, e.names) FROM loaded e
		FULL JOIN (SELECT j.pipeline, n_of(raw) AS n, checks FROM elt.rejects j JOIN last USING (run_id)) j USING (pipeline, n)
		WHERE (e.fate IN ('undecoded', 'quarantined')) IS DISTINCT FROM (j.n IS NOT NULL) OR e.fate = 'quarantined' AND e.names <> j.checks;
	INSERT INTO tried SELECT round, 'load ' || fate, count(*) FROM loaded GROUP BY fate;
	DELETE FROM truth t USING loaded e WHERE t.pipeline = e.pipeline AND t.n = e.n AND e.fate = 'dropped';
	DROP VIEW last;
	DROP TABLE loaded;
	PERFORM account(round, 'load ' || which);
END $$;

-- Those that decode, break no check that quarantines and are dropped by another land nowhere.
CREATE FUNCTION replay(round int, chosen_ones text, domain_is_strict boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	p text;
	r record;
BEGIN
	FOR p IN SELECT name FROM pipelines LOOP
		EXECUTE format('CREATE TEMP TABLE replayed AS SELECT reject_id, n_of(raw) AS n FROM elt.rejects WHERE pipeline = %L AND state IN (''new'', ''fixed'') AND (%s)', p, chosen_ones);
		SELECT * INTO r FROM elt.replay_rejects(p, chosen_ones);
		INSERT INTO fault SELECT round, chosen_ones, format('%s: %s', p, r) WHERE r.rejects <> (SELECT count(*) FROM replayed) OR r.rejects <> r.replayed + r.superseded + r.rejected;
		INSERT INTO fault SELECT round, chosen_ones, format('%s: states of %s', p, r) FROM (SELECT count(*) FILTER (WHERE state = 'replayed') AS landed,
			count(*) FILTER (WHERE state = 'superseded') AS superseded, count(*) FILTER (WHERE state IN ('new', 'fixed') AND attempts > 0) AS again
			FROM elt.rejects JOIN replayed USING (reject_id)) s WHERE (s.landed, s.superseded, s.again) <> (r.replayed, r.superseded, r.rejected);
		DELETE FROM truth t USING replayed d WHERE t.pipeline = p AND t.n = d.n AND (t.dirt = 0 OR t.dirt = 1 AND NOT domain_is_strict)
			AND fate(broken(t.*)) = 'dropped';
		INSERT INTO tried VALUES (round, 'replay', r.rejects), (round, 'rejected again', r.rejected), (round, 'superseded', r.superseded);
		DROP TABLE replayed;
	END LOOP;
	PERFORM account(round, chosen_ones);
END $$;
CREATE FUNCTION discard(round int, chosen_ones text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	p text;
	discarded bigint;
BEGIN
	FOR p IN SELECT name FROM pipelines LOOP
		EXECUTE format('DELETE FROM truth t USING elt.rejects j WHERE j.pipeline = %L AND t.pipeline = j.pipeline AND t.n = n_of(raw) AND state IN (''new'', ''fixed'') AND (%s)', p, chosen_ones);
		GET DIAGNOSTICS discarded = ROW_COUNT;
		INSERT INTO fault SELECT round, chosen_ones, format('%s: %s discarded instead of %s', p, n, discarded) FROM elt.discard_rejects(p, chosen_ones, 'nobody wants it') n WHERE n <> discarded;
		INSERT INTO tried VALUES (round, 'discard', discarded);
	END LOOP;
	PERFORM account(round, chosen_ones);
END $$;
-- Another value, and the end of the line that was cut.
CREATE FUNCTION fix(round int, chosen_ones text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	j record;
	said text;
BEGIN
	FOR j IN EXECUTE format('SELECT reject_id, pipeline, n_of(raw) AS n, raw LIKE ''%%}'' AS whole, to_jsonb(raw || ''}'') AS text FROM elt.rejects JOIN pipelines ON pipeline = name WHERE state = ''new'' AND (%s)', chosen_ones) LOOP
		said := elt.fix_reject(j.reject_id, CASE WHEN j.whole THEN jsonb_build_object('v', 'f' || j.n, 'w', 77) ELSE j.text END);
		IF j.whole THEN
			UPDATE truth t SET v = 'f' || j.n, w = 77, dirt = 0 WHERE t.pipeline = j.pipeline AND t.n = j.n;
		ELSE
			UPDATE truth t SET dirt = 0 WHERE t.pipeline = j.pipeline AND t.n = j.n;
		END IF;
		INSERT INTO tried VALUES (round, 'fix: ' || said, 1);
	END LOOP;
	PERFORM account(round, chosen_ones);
END $$;
CREATE FUNCTION judge(round int, which text, target text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($q$INSERT INTO fault SELECT %s, 'end', format('%%s: %%s', %L, r) FROM (
		WITH expected AS (SELECT concat_ws('|', id, v, w, txt, at, land) AS r FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY n DESC) AS nth FROM truth WHERE pipeline = %2$L) t
				WHERE nth = 1 OR %2$L <> 'q_upsert'),
			got AS (SELECT concat_ws('|', id, v, w, txt, at, land) AS r FROM %s)
		(SELECT 'missing ' || r AS r FROM (TABLE expected EXCEPT ALL TABLE got) e) UNION ALL (SELECT 'extra ' || r FROM (TABLE got EXCEPT ALL TABLE expected) e)) d$q$, round, which, target);
	INSERT INTO fault SELECT round, 'end', format('%s is open: %s', reject_id, message) FROM elt.rejects WHERE pipeline = which AND state IN ('new', 'fixed');
END $$;

SELECT s || ';' FROM generate_series(1, :rounds) AS round,
LATERAL (SELECT :seed + round / 1000.0 AS x) AS seed,
LATERAL unnest(ARRAY[
	format('SELECT make(%s)', mod((x * 7919)::numeric, 2) - 1), 'SELECT put(0)',
	$$ALTER DOMAIN clean ADD CONSTRAINT clean_check CHECK (VALUE NOT LIKE 'x%') NOT VALID$$,
	$$SELECT elt.create_pipeline('q_upsert', 'doc', 'upsert_target', '{id}', options => '{"sequence_by": ["n"], "max_reject_percent": 100}')$$,
	$$SELECT elt.create_pipeline('q_append', 'doc', 'append_target', '{id,n}', 'append', options => '{"max_reject_percent": 100}')$$,
	$$SELECT elt.create_pipeline('q_history', 'doc', 'history_target', '{id}', 'scd2', options => '{"sequence_by": ["n"], "max_reject_percent": 100}')$$,
	$$SELECT elt.add_check(p.name, c.name, c.expression, c.action) FROM pipelines p, (TABLE chosen ORDER BY place) c$$]
	|| ARRAY(SELECT u FROM generate_series(1, 3) load, LATERAL unnest(ARRAY[format('SELECT put(%s)', load),
		$$CALL elt.run('q_upsert')$$, $$CALL elt.run('q_append')$$, $$CALL elt.run('q_history')$$, format('SELECT judge_load(%s, %s)', round, load),
		format($$SELECT replay(%s, 'md5(raw || ''%s'') < ''4''', true)$$, round, round * load),
		format($$SELECT discard(%s, 'md5(raw || ''%s'') > ''f''')$$, round, round * load)]) u)
	|| ARRAY['ALTER DOMAIN clean DROP CONSTRAINT clean_check',
	format($$SELECT replay(%s, 'md5(raw || ''%s'') < ''8''', false)$$, round, round * 17),
	$$SELECT elt.drop_check(p.name, c.name) FROM pipelines p, chosen c WHERE place IN (2, 3) OR action = 'drop'$$, $$DELETE FROM chosen WHERE place IN (2, 3) OR action = 'drop'$$,
	format($$SELECT fix(%s, 'md5(raw || ''%s'') < ''3''')$$, round, round), format($$SELECT replay(%s, 'md5(raw || ''%s'') > ''8''', false)$$, round, round),
	format($$SELECT discard(%s, 'md5(raw || ''%s'') > ''ee''')$$, round, round),
	$$SELECT elt.drop_check(p.name, c.name) FROM pipelines p, chosen c$$, 'TRUNCATE chosen',
	format($$SELECT fix(%s, 'raw NOT LIKE ''%%}''')$$, round), format($$SELECT replay(%s, 'true', false)$$, round),
	format($$SELECT judge(%s, 'q_upsert', 'upsert_target'), judge(%1$s, 'q_append', 'append_target'), judge(%1$s, 'q_history', 'history_target')$$, round),
	'SELECT elt.drop_pipeline(name) FROM pipelines', 'DROP TABLE upsert_target, append_target, history_target, history_target_observed, history_target_restated CASCADE']) WITH ORDINALITY AS t(s, step)
ORDER BY round, step \g (format=unaligned tuples_only=on) :root/statements.sql
\o /dev/null
\set ECHO none
\i :root/statements.sql
\set ECHO all
\o
SELECT what, sum(n) > 0 AS some FROM tried WHERE what <> 'fix: new' GROUP BY 1 ORDER BY 1;
SELECT count(DISTINCT round) = :rounds AS all_rounds FROM tried;
SELECT count(*) AS faults FROM fault;
SELECT * FROM fault ORDER BY round LIMIT 10;
DROP SCHEMA quality_random CASCADE;
DROP SERVER quality_files;
