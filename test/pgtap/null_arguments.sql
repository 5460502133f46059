-- Every routine takes NULL for each of its arguments, one at a time while the others are valid, and answers
-- with a result or a clean error; so it does for all at once. A procedure that commits comes to its refusal
-- of a transaction block here, and is called outside of one in sql/null_arguments.sql.
BEGIN;
SET client_min_messages = error;

DO $$
BEGIN
	EXECUTE format('COPY (SELECT generate_series(1, 3), now()) TO %L (FORMAT csv)',
		current_setting('data_directory') || '/null_arguments.csv');
	EXECUTE format('CREATE SERVER null_files FOREIGN DATA WRAPPER elt_file OPTIONS (root %L)', current_setting('data_directory'));
END $$;
CREATE FOREIGN TABLE null_source (id int, at timestamptz) SERVER null_files OPTIONS (glob 'null_arguments.csv', settle '0', on_change 'merge', header 'false');
CREATE TABLE null_parted (id int, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE null_kept (id int, at timestamptz) PARTITION BY RANGE (at);
SELECT elt.set_policy('null_kept', 'at', '1 month');
CREATE TABLE null_fact (id int, sk bigint, at timestamptz);
SELECT elt.create_date_dimension('null_days', '2024-01-01', '2024-01-02');
SELECT elt.create_fact('null_counted', 'null_fact', '{id}', dates => '{"null_days": "at"}');
SELECT elt.create_fact('null_grouped', 'null_fact', '{id}');
SELECT elt.create_aggregate('null_groups', 'null_grouped', '{id}');
SELECT elt.create_pipeline('null_there', 'null_source', 'null_target', '{id,at}', partition_by => 'at', partition_interval => '1 month');
SELECT elt.create_pipeline('null_history', 'null_source', 'null_dim', '{id}', strategy => 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('null_logged', 'null_source', 'null_logs', '{id}', options => '{"change_log": "1 day"}');
SELECT elt.consumer('null_consumer', 'null_logs');
SELECT elt.add_check('null_there', 'known', 'id > 0');
SELECT elt.set_pool('null_pool', 2);
SELECT elt.set_alert_channel('null_channel', 'log'), elt.set_alert_channel('null_channel_unused', 'log');
SELECT elt.add_alert('null_alert', 'failure', 'null_channel');
DO $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO %L', '[{"id": 1, "lines": [{"n": 1}]}]', current_setting('data_directory') || '/null_arguments.json');
END $$;
CREATE FOREIGN TABLE null_tree (id int) SERVER null_files OPTIONS (glob 'null_arguments.json', settle '0', on_change 'merge', format 'json', records '$[*]');
CREATE FOREIGN TABLE null_leaf (id int OPTIONS (path '$[*].id'), n int) SERVER null_files
	OPTIONS (glob 'null_arguments.json', settle '0', on_change 'merge', format 'json', records '$[*].lines[*]');
SELECT elt.create_pipeline('null_parent', 'null_tree', 'null_parents', '{id}');
SELECT elt.add_child('null_parent', 'null_leaf', 'null_children', '{id,n}', '{id}');
INSERT INTO elt_catalog.run (pipeline_id, requested_by, state) SELECT id, 'elt_admin', 'failed' FROM elt_catalog.pipeline WHERE name = 'null_there'
RETURNING id AS run \gset

-- A valid value for an argument of a routine, or with routine NULL of any; without one it is left out.
CREATE TEMP TABLE valid (routine text, argument text, value text);
INSERT INTO valid VALUES
	(NULL, 'name', $$'null_there'$$), (NULL, 'pipeline', $$'null_there'$$), (NULL, 'source', $$'null_source'$$), (NULL, 'check_name', $$'known'$$),
	(NULL, 'run_id', :'run'), (NULL, 'catalog', '3256'), (NULL, 'options', $$'{}'$$),
	('elt.create_pipeline', 'name', $$'null_new'$$), ('elt.create_pipeline', 'target', $$'null_target_new'$$),
	('elt.create_pipeline', 'key', $$'{id}'$$), ('elt.create_pipeline', 'partition_by', $$'at'$$),
	('elt.create_pipeline', 'partition_interval', $$'1 month'$$),
	('elt.alter_pipeline', 'retain', $$'1 year'$$), ('elt.alter_pipeline', 'options', NULL),
	('elt.rename_pipeline', 'new_name', $$'null_newer'$$),
	('elt.add_child', 'pipeline', $$'null_parent'$$), ('elt.add_child', 'source', $$'null_leaf'$$),
	('elt.add_child', 'target', $$'null_leaves'$$), ('elt.add_child', 'key', $$'{id,n}'$$), ('elt.add_child', 'parent_key', $$'{id}'$$),
	(NULL, 'consumer', $$'null_consumer'$$), ('elt.drop_consumer', 'name', $$'null_consumer'$$), ('elt.consumer', 'target', $$'null_logs'$$), (NULL, 'change_id', '0'),
	('elt.next_changes', 'row_type', 'NULL::null_logs_changes'), ('elt.check_change_log', 'relation', $$'null_logs'$$), ('elt.check_change_log', 'at', 'clock_timestamp()'),
	('elt.drop_child', 'pipeline', $$'null_parent_null_children'$$),
	('elt.add_batch_check', 'check_name', $$'new'$$), ('elt.add_batch_check', 'fail_if', $$'> 1'$$), ('elt.add_batch_check', 'scope', $$'batch'$$),
	(NULL, 'column_name', $$'id'$$), (NULL, 'column_names', $$'{id}'$$), (NULL, 'names', $$'{id}'$$), (NULL, 'time_column', $$'at'$$), (NULL, 'step', $$'1 hour'$$),
	(NULL, 'expression', $$'id > 1'$$), (NULL, 'measure', $$'count(*)'$$), (NULL, 'reference', $$'1'$$), (NULL, 'batches', '5'), (NULL, 'columns', $$'{"id": "integer"}'$$),
	('elt.add_check', 'check_name', $$'new'$$), ('elt.add_check', 'expression', $$'id > 1'$$),
	('elt.set_policy', 'relation', $$'null_parted'$$), ('elt.set_policy', 'partition_column', $$'at'$$),
	('elt.set_policy', 'partition_interval', $$'1 month'$$), ('elt.set_policy', 'retain', $$'1 year'$$),
	('elt.hold', 'from_time', $$'2024-01-01'$$), ('elt.hold', 'to_time', $$'2024-02-01'$$), ('elt.hold', 'reason', $$'case'$$), ('elt.release', 'hold_id', '1'), ('elt_catalog.filters_of', 'query', $$'SELECT 1'$$), ('elt_catalog.filters_of', 'number', '1'),
	('elt.split_partition', 'partition', $$'null_target'$$), ('elt.partition_table', 'partition_column', $$'at'$$), ('elt.partition_table', 'partition_interval', $$'1 day'$$),
	('elt_catalog.partition_span', 'at', $$'2024-01-01'$$), ('elt_catalog.partition_span', 'partition_interval', $$'1 day'$$), ('elt_catalog.partition_span', 'time_zone', $$'UTC'$$),
	(NULL, 'relation', $$'null_target'$$), (NULL, 'partition', $$'null_target'$$), ('elt.drop_policy', 'relation', $$'null_kept'$$),
	('elt.apply_restatements', 'pipeline', $$'null_history'$$), ('elt.apply_restatements', 'fact', $$'null_fact'$$),
	('elt.apply_restatements', 'sk_column', $$'sk'$$), ('elt.apply_restatements', 'time_column', $$'at'$$),
	('elt.backfill', 'window_from', $$'2024-01-01'$$), ('elt.backfill', 'window_to', $$'2024-01-02'$$),
	('elt.wait', 'timeout', $$'1 second'$$),
	('elt_catalog.alert_notice', 'delivery_id', '1'), ('elt_catalog.alert_notice', 'facts', $$'{}'$$),
	('elt_catalog.must_commit', 'caller', $$'x'$$), ('elt_catalog.alert_summary', 'messages', $$'{}'$$), ('elt_catalog.alert_summary', 'key', 'gen_random_uuid()'),
	('elt.export', 'query', $$'SELECT 1 AS one'$$), ('elt.export', 'server', $$'null_files'$$), ('elt.export', 'path', $$'null.parquet'$$),
	('elt.make_archive', 'server', $$'null_files'$$), ('elt.make_archive', 'path', $$'null_archive.parquet'$$),
	('elt.export', 'if_exists', $$'replace'$$),
	('elt.discard_rejects', 'reason', $$'none'$$),
	(NULL, 'calendar', $$'DE'$$), (NULL, 'month', '1'), (NULL, 'day', '1'), (NULL, 'year', '2024'),
	(NULL, 'from_date', $$'2024-01-01'$$), (NULL, 'to_date', $$'2024-12-31'$$),
	('elt_catalog.star_markdown_cell', 'value', $$'a|b'$$), ('elt.create_dimension', 'name', $$'null_dims'$$), ('elt.create_dimension', 'source', $$'null_fact'$$), ('elt.create_dimension', 'natural_key', $$'{id}'$$),
	('elt.create_dimension', 'mapping', $$'null_fact'$$), ('elt.create_role_dimension', 'name', $$'null_role'$$), ('elt.create_role_dimension', 'relation', $$'null_days'$$),
	('elt.create_fact', 'name', $$'null_facts'$$), ('elt.create_fact', 'source', $$'null_fact'$$), ('elt.create_fact', 'grain', $$'{id}'$$),
	('elt.create_fact', 'dates', $$'{"null_days": "at"}'$$), ('elt.create_fact', 'as_of', $$'at'$$),
	('elt.describe_star', 'schema', $$'public'$$), (NULL, 'schema_name', $$'public'$$), ('elt_catalog.star_format_unknown', 'format', $$'html'$$), ('elt.verify_star', 'relation', $$'null_counted'$$),
	('elt.drop_fact', 'relation', $$'null_counted'$$), ('elt.rebuild_star', 'relation', $$'null_counted'$$),
	('elt.create_aggregate', 'name', $$'null_groups_new'$$), ('elt.create_aggregate', 'fact', $$'null_grouped'$$), ('elt.create_aggregate', 'by', $$'{id}'$$),
	('elt.drop_aggregate', 'relation', $$'null_groups'$$), ('elt.verify_aggregate', 'relation', $$'null_groups'$$),
	('elt.create_date_dimension', 'name', $$'null_dates'$$), ('elt.create_time_dimension', 'name', $$'null_times'$$),
	(NULL, 'channel', $$'null_channel'$$), (NULL, 'kind', $$'log'$$), (NULL, 'alert', $$'null_alert'$$), ('elt.add_alert', 'condition', $$'failure'$$), ('elt.alter_alert', 'condition', $$'failure'$$),
	('elt.add_alert', 'alert', $$'null_alert_new'$$), ('elt.set_alert_channel', 'channel', $$'null_channel_new'$$),
	('elt.drop_alert_channel', 'channel', $$'null_channel_unused'$$),
	(NULL, 'silent_until', $$'2100-01-01'$$), (NULL, 'severity', $$'error'$$), (NULL, 'subject', $$'null_there'$$), (NULL, 'message', $$'none'$$),
	(NULL, 'next_step', $$'none'$$), (NULL, 'since', $$'2024-01-01'$$), (NULL, 'event', $$'resolved'$$), ('elt.infer', 'server', $$'null_files'$$),
	('elt.try', 'server', $$'null_files'$$), ('elt.try', 'path', $$'null_arguments.csv'$$),
	('elt_catalog.alert_facts', 'key', $$'00000000-0000-0000-0000-000000000001'$$), ('elt.infer', 'path', $$'null_arguments.csv'$$),
	('elt.apply_drift', 'field', $$'none'$$),
	('elt.erase', 'key', $$'{"id": 1, "at": "2024-01-01"}'$$), ('elt.fix_reject', 'reject_id', '1'), ('elt.fix_reject', 'patch', $$'{"id": 1}'$$),
	(NULL, 'column_name', $$'id'$$), (NULL, 'column_names', $$'{id}'$$), (NULL, 'accepted', $$'{1}'$$), (NULL, 'pattern', $$'^a'$$),
	(NULL, 'shortest', '1'), (NULL, 'longest', '2'), (NULL, 'condition', $$'true'$$), (NULL, 'null_passes', 'true'),
	(NULL, 'pool', $$'null_pool'$$), ('elt.set_pool', 'max_runs', '1'), ('elt.next_slots', 'schedule', $$'@daily'$$),
	(NULL, 'digits', $$'01'$$), ('elt_catalog.distinct_sketch_in', 'digits', $$'0100'$$), ('elt.quantile', 'p', '0.5'),
	(NULL, 'sketch', $$'01'$$), (NULL, 'other', $$'01'$$), ('elt_catalog.distinct_sketch_out', 'sketch', $$'0100'$$),
	('elt_catalog.distinct_counts_in', 'digits', $$'0100'$$), ('elt_catalog.distinct_counts_out', 'sketch', $$'0100'$$),
	('elt_catalog.distinct_counts_send', 'sketch', $$'0100'$$), ('elt.counted_distinct', 'sketch', $$'0100'$$), ('elt.counted_rows', 'sketch', $$'0100'$$),
	('elt.add_distinct_counts', 'sketch', $$'0100'$$), ('elt.add_distinct_counts', 'other', $$'0100'$$),
	('elt_catalog.distinct_sketch_send', 'sketch', $$'0100'$$), ('elt.distinct_count', 'sketch', $$'0100'$$),
	('elt.union_distinct', 'sketch', $$'0100'$$), ('elt.union_distinct', 'other', $$'0100'$$),
	(NULL, 'pipeline_id', '1'), ('elt.run_all', 'selector', $$'null_there'$$);

CREATE TEMP TABLE routine AS
SELECT p.oid::regprocedure AS signature, n.nspname || '.' || p.proname AS name, p.prokind, a.argument, a.place
FROM pg_depend d
JOIN pg_proc p ON p.oid = d.objid
JOIN pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN LATERAL (SELECT p.proargnames[i] AS argument, i AS place FROM generate_series(1, p.pronargs) i) a ON true
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_elt')
	AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'fdw_handler'::regtype)
	-- Aggregates take no names of arguments, and what takes their state cannot be called: sql/sketch.sql.
	AND p.prokind <> 'a' AND 'internal'::regtype <> ALL (p.proargtypes);

-- The call of a routine with NULL for one argument, for none (''), or for all (NULL).
CREATE FUNCTION pg_temp.statement(routine_name text, missing text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE min(prokind) WHEN 'p' THEN 'CALL ' ELSE 'SELECT ' END || routine_name || '('
		|| coalesce(string_agg(format('%I => %s', r.argument, CASE WHEN missing IS NULL OR r.argument = missing THEN 'NULL' ELSE v.value END), ', ')
			FILTER (WHERE r.argument IS NOT NULL AND (missing IS NULL OR r.argument = missing OR v.value IS NOT NULL)), '') || ')'
	FROM routine r
	LEFT JOIN LATERAL (SELECT value FROM valid WHERE argument = r.argument AND (routine = routine_name OR routine IS NULL)
		ORDER BY routine NULLS LAST LIMIT 1) v ON true
	WHERE r.name = routine_name $$;

-- The SQLSTATE of a call, whose effects are undone; '00000' when it succeeds.
CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RAISE EXCEPTION USING errcode = 'TT000';
EXCEPTION WHEN OTHERS THEN
	RETURN CASE SQLSTATE WHEN 'TT000' THEN '00000' ELSE SQLSTATE END;
END
$$;

SELECT plan((SELECT count(*) FILTER (WHERE argument IS NOT NULL) + 2 * count(DISTINCT signature) FROM routine)::int);

-- With valid arguments a routine gets as far as it can: to the end, to nothing staged or pending, to a
-- transaction block, to a preload or to windows that are not there.
SELECT matches(pg_temp.outcome(pg_temp.statement(name, '')), '^(00000|EL002|42704|25001|EL007|22023|2D000|42809)$', signature || ' with valid arguments')
FROM (SELECT DISTINCT signature, name FROM routine) r ORDER BY signature::text;
SELECT doesnt_match(pg_temp.outcome(pg_temp.statement(name, argument)), '^(XX|23|08|57P|TT)', signature || ' with NULL for ' || argument)
FROM routine WHERE argument IS NOT NULL ORDER BY signature::text, place;
SELECT doesnt_match(pg_temp.outcome(pg_temp.statement(name, NULL)), '^(XX|23|08|57P|TT)', signature || ' with NULL for every argument')
FROM (SELECT DISTINCT signature, name FROM routine) r ORDER BY signature::text;

SELECT * FROM finish();
ROLLBACK;
