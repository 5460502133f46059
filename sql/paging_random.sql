-- Random lists that change between pages: a row that the source has all the time is never deleted,
-- and is only missed if the run reports that the list is not proven complete.
\getenv replay ELT_REPLAY
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 1
\endif
\set soak ''
\getenv soak ELT_SOAK
SELECT CASE WHEN :'soak' = '' THEN 3 ELSE 60 END AS rounds \gset
SET timezone = 'UTC';
SET client_min_messages = error;
SET elt.retry_base = 1;
CREATE SCHEMA moving_test;
SET search_path = moving_test;
CREATE SERVER moving_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE list_of (list jsonb OPTIONS (path '$'),
	id text OPTIONS (param 'id'), now text OPTIONS (param 'now'), moves text OPTIONS (param 'moves'))
	SERVER moving_api OPTIONS (path '/_control/moving', query 'id={id}&ids={now}&moves={moves}', records '$');
CREATE FOREIGN TABLE state_of (list jsonb OPTIONS (path '$'), id text OPTIONS (param 'id'))
	SERVER moving_api OPTIONS (path '/_control/moving', query 'id={id}', records '$');

-- One list of each load stands still, so that no run has nothing to land.
SELECT count(*) FROM list_of WHERE id = 'moving_still' AND now = '[1]' AND moves = '[]';

-- Every way of paging by which a list that moves can be known, or does no harm
CREATE TABLE way (name text PRIMARY KEY, options text);
INSERT INTO way VALUES
	('page', $$paginate 'page_number', limit_param 'limit', page_size '4', total_path '$.total'$$),
	('page_more', $$paginate 'page_number', limit_param 'limit', page_size '4', total_path '$.total', has_more_path '$.has_more'$$),
	('page_short', $$paginate 'page_number', limit_param 'limit', page_size '4', total_path '$.total', stop_on 'short_page'$$),
	('page_empty', $$paginate 'page_number', limit_param 'limit', page_size '4', total_path '$.total', stop_on 'empty_page'$$),
	('offset', $$paginate 'offset', limit_param 'limit', page_size '4', total_path '$.total'$$),
	('cursor', $$paginate 'cursor', limit_param 'limit', page_size '4', cursor_param 'after', cursor_path '$.next_cursor'$$),
	('cursor_total', $$paginate 'cursor', limit_param 'limit', page_size '4', cursor_param 'after', cursor_path '$.next_cursor', total_path '$.total'$$),
	('url', $$paginate 'next_url', next_path '$.next'$$),
	('last', $$paginate 'last_record', limit_param 'limit', page_size '4', cursor_param 'after', record_id_path 'id', has_more_path '$.has_more'$$);
CREATE TABLE loaded (name text PRIMARY KEY, way text, strategy text);
INSERT INTO loaded SELECT 'moving_' || s || '_' || name, name, s FROM way, unnest('{full,window,upsert}'::text[]) AS s;
\set ECHO none
SELECT format($$CREATE FOREIGN TABLE %1$s_api (list text OPTIONS (param 'list'), id int, at timestamptz) SERVER moving_api OPTIONS (path '/moving/{list}',
	query 'limit=4%2$s', records '$.items[*]', %3$s %4$s)$$, l.name, CASE strategy WHEN 'window' THEN '&from={window_start}' ELSE '' END,
	CASE strategy WHEN 'window' THEN $$window '1 year', window_column 'at',$$ ELSE '' END, options)
FROM loaded l JOIN way w ON w.name = l.way \gexec
SELECT CASE strategy
	WHEN 'full' THEN elt.create_pipeline(name, name || '_api', 'moving_test.' || name, '{list,id}', params => params, options => '{"load": "full", "absent": "delete",
		"max_delete_percent": 100, "min_rows_percent": 0}')
	WHEN 'upsert' THEN elt.create_pipeline(name, name || '_api', 'moving_test.' || name, '{list,id}', params => params)
	ELSE elt.create_pipeline(name, name || '_api', 'moving_test.' || name, '{list,id}', 'replace_window', params => params, start_at => '2024-01-01') END
FROM loaded, LATERAL (SELECT jsonb_build_object('list', ARRAY[name, 'moving_still'])) AS p(params) \g /dev/null
\set ECHO all

-- What the source had before the load, and what it says after it
CREATE TABLE start (name text PRIMARY KEY, ids int[]);
CREATE TABLE verdict (round int, name text, moved bool, proven bool, problem text);
CREATE FUNCTION some_ids(n int) RETURNS jsonb LANGUAGE sql VOLATILE AS $$ SELECT jsonb_agg(floor(1 + 60 * random())) FROM generate_series(1, n) $$;
-- Between two answers rows come or rows go: where both do, as many as go, no total can tell.
CREATE FUNCTION set_out(round int, seed int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n text;
	ids int[];
	changes jsonb;
	quiet float8;
BEGIN
	PERFORM setseed(((seed * 7919 + round * 104729) % 1000003) / 1000003.0);
	DELETE FROM start;
	FOR n IN SELECT name FROM loaded ORDER BY name LOOP
		ids := ARRAY(SELECT i FROM generate_series(1, 60) i WHERE random() < 0.25 ORDER BY i);
		quiet := (ARRAY[0.3, 0.7, 0.9, 1])[1 + floor(random() * 4)];
		changes := (SELECT jsonb_agg(CASE WHEN random() < quiet THEN '{}'::jsonb
			WHEN random() < 0.5 THEN jsonb_build_object('insert', some_ids(2))
			ELSE jsonb_build_object('delete', some_ids(6)) END)
			FROM generate_series(1, 20));
		PERFORM FROM list_of AS l WHERE l.id = n AND l.now = to_json(ids)::text AND l.moves = changes::text;
		INSERT INTO start VALUES (n, ids);
	END LOOP;
END $$;
-- What is in the target of one, and what should be
CREATE TABLE before (name text, id int);
CREATE FUNCTION ids_in(name text) RETURNS SETOF int LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT id FROM moving_test.%1$I WHERE list = %1$L', name);
END $$;
CREATE FUNCTION compare(nr int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	l record;
	r record;
	gone int[];
	now int[];
	stable int[];
	stored int[];
	problem text;
BEGIN
	FOR l IN SELECT * FROM loaded JOIN start USING (name) LOOP
		SELECT ARRAY(SELECT jsonb_array_elements_text(list->'gone')), ARRAY(SELECT jsonb_array_elements_text(list->'ids'))
		INTO gone, now FROM state_of WHERE id = l.name;
		SELECT state, state = 'succeeded' AND coalesce(detail, '') !~ 'incomplete|could not verify' AS proven, detail INTO r
		FROM elt.runs WHERE pipeline = l.name ORDER BY run_id DESC LIMIT 1;
		stable := ARRAY(SELECT unnest(l.ids) EXCEPT SELECT unnest(gone) ORDER BY 1);
		stored := ARRAY(SELECT ids_in(l.name) ORDER BY 1);
		problem := concat_ws(', ',
			'deleted ' || nullif(ARRAY(SELECT id FROM before b WHERE b.name = l.name AND id = ANY (stable) AND id <> ALL (stored))::text, '{}'),
			CASE WHEN r.proven THEN 'missed ' || nullif(ARRAY(SELECT unnest(stable) EXCEPT SELECT unnest(stored))::text, '{}') END,
			CASE WHEN r.proven AND l.strategy <> 'upsert' THEN
				'kept ' || nullif(ARRAY(SELECT unnest(stored) EXCEPT SELECT unnest(l.ids || gone || now))::text, '{}') END,
			CASE WHEN l.ids = now AND gone = '{}' AND NOT r.proven THEN 'a list that stands still is not proven' END,
			CASE WHEN r.state = 'succeeded' AND l.strategy = 'window' AND NOT r.proven THEN 'a window is replaced by a part of it' END);
		INSERT INTO verdict VALUES (nr, l.name, l.ids <> now OR gone <> '{}', r.proven, problem);
	END LOOP;
	DELETE FROM before;
	INSERT INTO before SELECT name, ids_in(name) FROM loaded;
END $$;
\set ECHO none
SELECT statement FROM generate_series(1, :rounds) AS round, LATERAL (
	SELECT 1 AS step, format('DO $do$ BEGIN PERFORM moving_test.set_out(%s, %s); END $do$', round, :seed) AS statement
	UNION ALL SELECT 2, format('CALL elt.run(%L%s)', name, CASE strategy WHEN 'window' THEN $$, '2024-01-01', '2025-01-01'$$ END) FROM loaded
	UNION ALL SELECT 3, format('DO $do$ BEGIN PERFORM moving_test.compare(%s); END $do$', round)) AS s
ORDER BY round, step, statement \gexec
\set ECHO all
-- A row here names the seed that finds it again: ELT_SEED=... test/run --only regress --test paging_random
SELECT :'seed' AS seed, round, name, problem FROM verdict WHERE problem <> '' ORDER BY round, name LIMIT 10;
SELECT strategy, count(*) = 9 * :rounds AS all, count(*) FILTER (WHERE moved AND proven) > 1 AS proven_all_the_same,
	count(*) FILTER (WHERE NOT proven) > 1 AS unproven, count(*) FILTER (WHERE NOT moved AND proven) > 1 AS stood_still
FROM verdict JOIN loaded USING (name) GROUP BY strategy ORDER BY strategy;
SELECT sum(rows_removed) > 5 AS removed FROM elt.runs WHERE pipeline LIKE 'moving%';

SELECT count(elt.drop_pipeline(name)) FROM loaded;
SET client_min_messages = error;
DROP SERVER moving_api CASCADE;
DROP SCHEMA moving_test CASCADE;
