-- Random histories of a table as Debezium's events, truncations among them, in files that come twice and in any order: in the end the
-- targets are what the source has. Then events with random damage, of which none stops the others.
\getenv seed ELT_SEED
\getenv soak ELT_SOAK
\if :{?seed}
\else
\set seed 1
\endif
\set changes 400
\if :{?soak}
SELECT CASE WHEN :'soak' = '' THEN 400 ELSE 20000 END AS changes \gset
\endif
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = error;
SELECT current_setting('data_directory') || '/elt_debezium_random' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA debezium_random;
SET search_path = debezium_random;
CREATE SERVER debezium_random FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(lo, current_setting('data_directory') || '/elt_debezium_random/' || name), lo_unlink(lo);
END $$;

-- The source, and what its connector writes of it: full rows before, as MySQL has them, or keys alone, and long
-- values that an update leaves as they are or not
CREATE TABLE source (id int PRIMARY KEY, n int, amount numeric(8,2), long text);
CREATE TABLE event (lsn bigint PRIMARY KEY, event text, event_kept text);
CREATE FUNCTION as_json(s source) RETURNS text LANGUAGE sql AS
$$ SELECT format('{"id":%s,"n":%s,"amount":"%s","long":%s}', s.id, coalesce(s.n::text, 'null'), s.amount, to_json(s.long)) $$;
CREATE FUNCTION log(op text, before text, after text, unsent boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
	INSERT INTO event SELECT lsn, e, CASE WHEN unsent THEN regexp_replace(e, '"long":"[^"]*"\}(?=,"source)', '"long":"__debezium_unavailable_value"}') ELSE e END
	FROM (SELECT lsn, format('{"before":%s,"after":%s,"source":{"ts_ms":%s,"lsn":%s},"op":"%s"}', before, after, 1700000000000 + lsn, lsn, op) AS e
		FROM (SELECT count(*) + 1 AS lsn FROM event) AS next) AS made
$$;
CREATE FUNCTION change(rounds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	old source;
	new source;
BEGIN
	FOR i IN 1 .. rounds LOOP
		SELECT * INTO old FROM source ORDER BY random() LIMIT 1;
		new := (1 + floor(random() * 30), floor(random() * 5), round((random() * 1000)::numeric, 2), repeat(chr(97 + floor(random() * 26)::int), 3));
		CASE
			WHEN random() < 0.03 THEN
				DELETE FROM source;
				PERFORM log('t', 'null', 'null');
			WHEN old IS NULL OR (random() < 0.3 AND NOT EXISTS (SELECT FROM source WHERE id = new.id)) THEN
				INSERT INTO source SELECT new.*;
				PERFORM log(CASE WHEN random() < 0.1 THEN 'r' ELSE 'c' END, 'null', as_json(new));
			WHEN random() < 0.2 THEN
				DELETE FROM source WHERE id = old.id;
				PERFORM log('d', CASE WHEN random() < 0.5 THEN as_json(old) ELSE format('{"id":%s}', old.id) END, 'null');
			WHEN random() < 0.2 AND NOT EXISTS (SELECT FROM source WHERE id = new.id) THEN
				new.long := old.long;
				UPDATE source SET (id, n, amount, long) = (SELECT new.*) WHERE id = old.id;
				PERFORM log('u', CASE WHEN random() < 0.5 THEN as_json(old) ELSE format('{"id":%s}', old.id) END, as_json(new), true);
			ELSE
				new.id := old.id;
				IF random() < 0.7 THEN
					new.long := old.long;
				END IF;
				UPDATE source SET (id, n, amount, long) = (SELECT new.*) WHERE id = old.id;
				PERFORM log('u', CASE WHEN random() < 0.5 THEN 'null' ELSE format('{"id":%s}', old.id) END, as_json(new), new.long = old.long);
		END CASE;
	END LOOP;
END $$;
SELECT setseed(:seed / 1000.0);
SELECT change(:changes);
SELECT count(*) > :changes / 2 AS many, count(*) FILTER (WHERE event <> event_kept) > :changes / 5 AS many_unsent FROM event;

\set columns 'id int, n int, amount numeric(8,2), long text, op text OPTIONS (lineage \'op\'), at timestamptz OPTIONS (lineage \'committed_at\'), lsn bigint OPTIONS (lineage \'sequence\')'
CREATE FOREIGN TABLE shuffled_in (:columns) SERVER debezium_random OPTIONS (glob 'shuffled*.jsonl', format 'jsonl', envelope 'debezium', on_truncate 'apply', settle '0');
CREATE FOREIGN TABLE kept_in (:columns) SERVER debezium_random OPTIONS (glob 'kept*.jsonl', format 'jsonl', envelope 'debezium', on_truncate 'apply', settle '0');
SELECT count(elt.create_pipeline(strategy || order_of, source => order_of || '_in', target => 'debezium_random.' || strategy || order_of, key => '{id}', strategy => strategy,
	options => format('{"sequence_by": ["at", "lsn"], "delete_when": "op = ''delete''", "batch_rows": %s}', 40 + :changes / 10)::jsonb))
FROM unnest('{upsert,scd2}'::text[]) AS strategy, unnest('{shuffled,kept}'::text[]) AS order_of;

-- A third of the events comes a second time; the first files are read by runs of their own
CREATE TABLE shuffled AS SELECT file, string_agg(event, E'\n' ORDER BY random()) AS events
FROM (SELECT event, floor(random() * 5) AS file FROM event UNION ALL SELECT event, 7 FROM event WHERE lsn % 3 = 0) AS files GROUP BY file;
SELECT put('shuffled0.jsonl', events) FROM shuffled WHERE file = 0 \g /dev/null
CALL elt.run('upsertshuffled');
CALL elt.run('scd2shuffled');
SELECT put('shuffled1.jsonl', events) FROM shuffled WHERE file = 1 \g /dev/null
CALL elt.run('upsertshuffled');
CALL elt.run('scd2shuffled');
SELECT put(format('shuffled%s.jsonl', file), events) FROM shuffled WHERE file > 1 \g /dev/null
SELECT put(format('kept%s.jsonl', 10 + file), string_agg(event_kept, E'\n' ORDER BY lsn))
FROM (SELECT *, lsn * 5 / (:changes + 1) AS file FROM event) AS files GROUP BY file \g /dev/null
CALL elt.run('upsertshuffled');
CALL elt.run('upsertkept');
CALL elt.run('scd2shuffled');
CALL elt.run('scd2kept');
SELECT DISTINCT pipeline, state, rows_quarantined FROM elt.runs WHERE pipeline ~ '^(upsert|scd2)' ORDER BY pipeline;

CREATE FUNCTION differences(target text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((SELECT id, n, amount, long FROM %1$s EXCEPT ALL TABLE source) UNION ALL (TABLE source EXCEPT ALL SELECT id, n, amount, long FROM %1$s)) AS d', target) INTO result;
	RETURN result;
END $$;
SELECT differences('upsertshuffled_live') AS shuffled, differences('upsertkept_live') AS kept,
	differences('(SELECT * FROM scd2shuffled WHERE is_current) AS s') AS shuffled_history, differences('(SELECT * FROM scd2kept WHERE is_current) AS s') AS kept_history;
-- and both histories are the same
SELECT count(*) FROM ((SELECT id, n, amount, long, valid_from, valid_to FROM scd2shuffled EXCEPT ALL SELECT id, n, amount, long, valid_from, valid_to FROM scd2kept)
	UNION ALL (SELECT id, n, amount, long, valid_from, valid_to FROM scd2kept EXCEPT ALL SELECT id, n, amount, long, valid_from, valid_to FROM scd2shuffled)) AS d;

-- Damage: a character is replaced, removed or repeated. Each event is a row, a reject, or says nothing of the table.
CREATE FOREIGN TABLE damaged_in (:columns, payload jsonb OPTIONS (path '$')) SERVER debezium_random OPTIONS (glob 'damaged.jsonl', format 'jsonl', envelope 'debezium', settle '0', on_truncate 'ignore');
SELECT elt.create_pipeline('damaged', source => 'damaged_in', target => 'debezium_random.damaged', strategy => 'append', options => '{"max_reject_percent": 100}');
SELECT put('damaged.jsonl', string_agg(overlay(event placing replacement from place for floor(random() * 3)::int), E'\n'))
FROM (SELECT CASE WHEN lsn % 2 = 0 THEN event ELSE format('{"schema":{"fields":[{"field":"after","fields":[{"field":"n","type":"int32","name":"io.debezium.time.Date"}]}]},"payload":%s}', event) END AS event
	FROM event) AS events, LATERAL (SELECT 1 + floor(random() * length(event))::int AS place, (ARRAY['x', '"', '}', '{', '9', '', ',', 'null', '\', ':'])[1 + floor(random() * 10)::int] AS replacement) AS damage \g /dev/null
CALL elt.run('damaged');
SELECT state, rows_inserted + rows_quarantined <= (SELECT count(*) FROM event) AS few, rows_inserted > 0 AS rows, rows_quarantined > :changes / 4 AS rejects FROM elt.runs WHERE pipeline = 'damaged';

SELECT count(elt.drop_pipeline(pipeline)) FROM unnest('{upsertshuffled,upsertkept,scd2shuffled,scd2kept,damaged}'::text[]) AS pipeline;
DROP SERVER debezium_random CASCADE;
DROP SCHEMA debezium_random CASCADE;
