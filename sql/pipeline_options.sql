-- The options of pipelines: one table, by which they are parsed, checked, stored, altered and shown.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
CREATE SCHEMA option_test;
SET search_path = option_test;
CREATE SERVER option_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true');
CREATE FOREIGN TABLE api (id int, ts timestamptz, x text OPTIONS (param 'x')) SERVER option_api
	OPTIONS (path '/echo', query 'body={x}');
CREATE FOREIGN TABLE days (id int, ts timestamptz) SERVER option_api
	OPTIONS (path '/echo', query 'from={window_start}', window '1 day', window_column 'ts');

SELECT option, type, default_value, load, alterable, argument FROM elt.pipeline_options;
SELECT option, strategies, valid_values FROM elt.pipeline_options WHERE strategies IS NOT NULL OR valid_values IS NOT NULL;

-- Every option is a column of the catalogue with the same type, default and nullability; every column is an option or known
SELECT o.option, o.type, c.table_name, c.data_type, c.column_default
FROM elt.pipeline_options o
LEFT JOIN information_schema.columns c ON c.table_schema = 'elt_catalog' AND c.column_name = o.option
	AND c.table_name IN ('pipeline', 'policy')
WHERE c.column_name IS NULL OR replace(c.data_type, 'ARRAY', 'text[]') <> o.type
	OR (c.is_nullable = 'YES') <> (o.default_value IS NULL);
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'elt_catalog' AND table_name = 'pipeline'
	AND column_name NOT IN (SELECT option FROM elt.pipeline_options)
ORDER BY ordinal_position;
INSERT INTO elt_catalog.pipeline (name, owner, source, target)
	VALUES ('bare', CURRENT_USER::regrole, 'api', 'api');
SELECT o.option, to_jsonb(p) -> o.option AS stored, o.default_value
FROM elt_catalog.pipeline p, elt.pipeline_options o
WHERE p.name = 'bare' AND to_jsonb(p) ? o.option
	AND to_jsonb(p) -> o.option IS DISTINCT FROM coalesce(o.default_value, 'null');
DELETE FROM elt_catalog.pipeline WHERE name = 'bare';

-- Names: the nearest one, or where they are listed; options are an object
SELECT elt.create_pipeline('p', 'api', 'p', '{id}', params => '{"x": "[]"}', options => '{"bach_rows": 5}');
SELECT elt.create_pipeline('p', 'api', 'p', '{id}', params => '{"x": "[]"}', options => '{"premake": 5}');
SELECT elt.create_pipeline('p', 'api', 'p', '{id}', params => '{"x": "[]"}', options => '{"colour": "red"}');
SELECT elt.create_pipeline('p', 'api', 'p', '{id}', params => '{"x": "[]"}', options => '["batch_rows"]');
SELECT elt.create_pipeline('p', 'api', 'p', '{id}', params => '{"x": "[]"}', options => '5');

-- Each way in which a value is of the wrong kind, out of range, or none of those that are valid
CREATE FUNCTION refused(options jsonb, strategy text DEFAULT 'upsert') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
	message text;
	detail text;
	context text;
BEGIN
	PERFORM elt.create_pipeline('refused', 'option_test.api', 'option_test.refused', '{id}', strategy,
		options => refused.options);
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		context = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''), substring(context FROM 'pipeline option "[a-z_]+"'));
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT refused(o::jsonb) FROM unnest(ARRAY[
	'{"batch_rows": 0}', '{"batch_rows": -1}', '{"batch_rows": 1.5}', '{"batch_rows": "5"}', '{"batch_rows": true}', '{"batch_rows": 9223372036854775808}',
	'{"batch_bytes": 1e30}', '{"batch_seconds": 2147483648}', '{"batch_seconds": []}', '{"fail_after": 0}', '{"max_attempts": -1}',
	'{"max_reject_percent": 100.5}', '{"max_reject_percent": -0.1}', '{"max_reject_percent": "nan"}',
	'{"max_new_partitions": 0}', '{"on_missing_field": "stop"}', '{"on_missing_field": ""}', '{"on_missing_field": 1}',
	'{"load": "sometimes"}', '{"load": "FULL"}',
	'{"not_yet_limit": "-1 day"}', '{"not_yet_limit": 5}', '{"not_yet_limit": "soon"}', '{"max_future": "-1 s"}',
	'{"start_at": "infinity"}', '{"start_at": "someday"}', '{"start_at": 2024}', '{"lookback": "-1 hour"}',
	'{"params": []}', '{"params": "a"}', '{"strategy": "sideways"}', '{"params_query": 1}',
	'{"sequence_by": "ts"}', '{"sequence_by": [1]}', '{"sequence_by": ["ts", null]}', '{"sequence_by": {"ts": 1}}', '{"update_columns": [["ts"]]}',
	'{"retain": "0"}', '{"partition_interval": "-1 day"}', '{"partition_premake": 10001}', '{"partition_premake": -1}', '{"retain_action": "burn"}']) o;

-- Each option that only some strategies or one load have, set to another value than its default
SELECT refused(o::jsonb, s) FROM (VALUES
	('{"sequence_by": ["ts"]}', 'append'), ('{"sequence_by": ["ts"]}', 'replace_window'), ('{"delete_when": "id = 1"}', 'append'),
	('{"tombstone_retention": "1 day"}', 'scd2'), ('{"update_columns": ["ts"]}', 'append'), ('{"insert_only_columns": ["ts"]}', 'scd2'),
	('{"track_columns": ["x"]}', 'upsert'), ('{"deletes": "mark"}', 'upsert'), ('{"first_valid_from": "-infinity"}', 'append'),
	('{"late_horizon": "1 day"}', 'upsert'), ('{"late_policy": "quarantine"}', 'upsert'),
	('{"partition_by": "ts", "partition_interval": "1 day", "sequence_by": ["ts"]}', 'scd2'),
	('{"load": "full", "absent": "delete"}', 'append'), ('{"absent": "delete"}', 'upsert'), ('{"max_delete_percent": 50}', 'upsert'),
	('{"load": "full", "cursor_column": "id"}', 'upsert'),
	('{"partition_premake": 1}', 'upsert'), ('{"retain": "1 day"}', 'upsert'), ('{"partition_interval": "1 day"}', 'upsert'),
	('{"partition_by": "ts"}', 'upsert')) a(o, s);
\pset format aligned
\pset tuples_only off

-- An argument of its own, or a key: not both
SELECT elt.create_pipeline('p', 'api', 'p', '{id}', params => '{"x": "[]"}', lookback => '1 day', options => '{"lookback": "1 day"}');
SELECT elt.create_pipeline('p', 'api', 'p', '{id,ts}', params => '{"x": "[]"}', partition_by => 'ts', partition_interval => '1 day',
	options => '{"retain": "1 year", "partition_time_zone": "Europe/Berlin", "partition_premake": 0, "batch_rows": 5,
		"max_reject_percent": 12.5, "not_yet_limit": "2 days", "fail_after": 3, "deletes": "close", "batch_seconds": null}');
SELECT elt.create_pipeline('ordered', 'api', 'ordered', '{id}', params => '{"x": "[]"}',
	options => $${"sequence_by": ["ts"], "delete_when": "x = 'gone'", "tombstone_retention": "30 days"}$$);
SELECT elt.create_pipeline('daily', 'days', 'daily', '{id}', start_at => '2024-01-01', options => '{"lookback": "1 hour"}');

-- Whole definitions, for whoever may read
GRANT USAGE ON SCHEMA option_test TO elt_reader;
SET ROLE elt_reader;
\x on
SELECT name, source, target, key, strategy, params, start_at, lookback, schedule, partition_by, partition_interval, retain, options
FROM elt.pipelines WHERE name IN ('p', 'ordered', 'daily') ORDER BY name;
\x off
SELECT count(*) > 30 AS readable FROM elt.pipeline_options;
RESET ROLE;

-- Alter: what is absent stays, null is the default, what cannot be altered is refused
SELECT elt.alter_pipeline('p');
SELECT elt.alter_pipeline('p', options => '{}');
SELECT elt.alter_pipeline('p', lookback => '0', options => '{"retain": "2 years", "batch_rows": 7, "fail_after": null, "not_yet_limit": null}');
SELECT lookback, retain, options FROM elt.pipelines WHERE name = 'p';
SELECT elt.alter_pipeline('p', options => '{"retain": null, "partition_premake": null, "batch_rows": null, "max_reject_percent": null, "params": {"x": ["[]", "[ ]"]}}');
SELECT retain, params, options FROM elt.pipelines WHERE name = 'p';
SELECT relation, partition_interval, partition_time_zone, partition_premake, retain, retain_action FROM elt.policies WHERE relation = 'p'::regclass;
SELECT elt.alter_pipeline('p', retain => '1 year', options => '{"retain_action": "archive"}');
SELECT elt.alter_pipeline('p', retain => '1 year', options => '{"retain": null}');
SELECT elt.alter_pipeline('p', lookback => '0', options => '{"lookback": null}');
SELECT elt.alter_pipeline('p', options => '{"key": ["id"]}');
SELECT elt.alter_pipeline('p', options => '{"strategy": null}');
SELECT elt.alter_pipeline('p', options => '{"sequence_by": []}');
SELECT elt.alter_pipeline('p', options => '{"late_horizon": "1 day"}');
SELECT elt.alter_pipeline('ordered', options => '{"retain": "1 day"}');
SELECT elt.alter_pipeline('ordered', options => '{"tombstone_retention": null}');
SELECT elt.alter_pipeline('daily', options => '{"start_at": null}');
SELECT elt.alter_pipeline('daily', options => '{"start_at": "2024-02-01", "lookback": null}');
SELECT name, start_at, lookback, options FROM elt.pipelines WHERE name IN ('ordered', 'daily') ORDER BY name;

-- What can be altered is what elt.alter_pipeline takes
SELECT p.parameter_name FROM information_schema.parameters p
JOIN elt.pipeline_options o ON o.option = p.parameter_name
WHERE p.specific_schema = 'elt' AND p.specific_name LIKE 'alter_pipeline_%' AND NOT (o.alterable AND o.argument);
SELECT o.option FROM elt.pipeline_options o
WHERE o.argument AND NOT EXISTS (SELECT FROM information_schema.parameters p
	WHERE p.specific_schema = 'elt' AND p.specific_name LIKE 'create_pipeline_%' AND p.parameter_name = o.option);
SELECT o.option FROM elt.pipeline_options o
WHERE o.argument AND o.alterable AND NOT EXISTS (SELECT FROM information_schema.parameters p
	WHERE p.specific_schema = 'elt' AND p.specific_name LIKE 'alter_pipeline_%' AND p.parameter_name = o.option);

-- No argument of the API has the name of a reserved word
SELECT p.proname, a.name FROM pg_proc p, unnest(p.proargnames) a(name)
WHERE p.pronamespace IN ('elt'::regnamespace, 'elt_catalog'::regnamespace) AND quote_ident(a.name) <> a.name
ORDER BY 1, 2;

SELECT elt.drop_pipeline(name) FROM unnest(ARRAY['p', 'ordered', 'daily']) name;
SET client_min_messages = warning;
REVOKE USAGE ON SCHEMA option_test FROM elt_reader;
DROP SCHEMA option_test CASCADE;
DROP SERVER option_api;
