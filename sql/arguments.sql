-- Invalid arguments have their own messages: no CHECK constraint of elt_catalog is reached.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
CREATE SCHEMA argument_test;
SET search_path = argument_test;
CREATE SERVER argument_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true');
CREATE FOREIGN TABLE api (id int, ts timestamptz) SERVER argument_api OPTIONS (path '/echo');
CREATE FOREIGN TABLE asked (id int, x text OPTIONS (param 'x')) SERVER argument_api
	OPTIONS (path '/echo', query 'body={x}');
CREATE TABLE event (ts timestamptz) PARTITION BY RANGE (ts);
SELECT elt.create_pipeline('good', 'api', 'good', '{id,ts}', partition_by => 'ts', partition_interval => '1 day');
SELECT elt.create_pipeline('whole', 'api', 'whole', '{id}', options => '{"load": "full"}');

-- An argument of elt.create_pipeline that each CHECK is about, and of every other function that writes it.
CREATE TABLE attempt (rule text, statement text);
INSERT INTO attempt
SELECT rule, format('SELECT elt.create_pipeline(%s, ''api'', ''bad'', %s)',
	CASE rule WHEN 'pipeline_name_check' THEN '''Not a name''' ELSE '''bad''' END,
	concat_ws(', ', 'key => ''{id,ts}''', nullif(argument, '')))
FROM (VALUES ('pipeline_name_check', ''),
	('pipeline_strategy_check', $$strategy => 'sideways'$$),
	('pipeline_load_check', $$options => '{"load": "sometimes"}'$$),
	('pipeline_params_check', $$params => '[]'$$),
	('pipeline_params_check', $$params => 'null'$$),
	('pipeline_fail_after_check', $$options => '{"fail_after": 0}'$$),
	('pipeline_fail_after_check', $$options => '{"fail_after": -1}'$$),
	('pipeline_key_ranges_check', $$options => '{"key_ranges": 1}'$$),
	('pipeline_key_ranges_check', $$options => '{"key_ranges": 1001}'$$),
	('pipeline_deletes_check', $$options => '{"deletes": "burn"}'$$),
	('pipeline_deletes_check', $$strategy => 'scd2', options => '{"deletes": "burn"}'$$),
	('pipeline_first_valid_from_check', $$options => '{"first_valid_from": "dawn"}'$$),
	('pipeline_history_by_check', $$strategy => 'scd2', options => '{"history_by": "day"}'$$),
	('pipeline_first_valid_from_check', $$strategy => 'scd2', options => '{"first_valid_from": "dawn"}'$$),
	('pipeline_late_policy_check', $$options => '{"late_policy": "forgive"}'$$),
	('pipeline_late_policy_check', $$strategy => 'scd2', options => '{"late_policy": "forgive"}'$$),
	('pipeline_absent_check', $$options => '{"absent": "burn"}'$$),
	('pipeline_absent_check', $$options => '{"absent": "burn", "load": "full"}'$$),
	('pipeline_max_delete_percent_check', $$options => '{"max_delete_percent": -1}'$$),
	('pipeline_max_delete_percent_check', $$options => '{"max_delete_percent": "nan"}'$$),
	('pipeline_min_rows_percent_check', $$options => '{"min_rows_percent": 101}'$$),
	('pipeline_max_reject_percent_check', $$options => '{"max_reject_percent": 101}'$$),
	('pipeline_on_missing_field_check', $$options => '{"on_missing_field": "stop"}'$$),
	('pipeline_max_new_partitions_check', $$options => '{"max_new_partitions": 0}'$$),
	('pipeline_batch_rows_check', $$options => '{"batch_rows": 0}'$$),
	('pipeline_batch_bytes_check', $$options => '{"batch_bytes": -5}'$$),
	('pipeline_batch_seconds_check', $$options => '{"batch_seconds": 0}'$$),
	('pipeline_max_attempts_check', $$options => '{"max_attempts": -1}'$$),
	('policy_partition_premake_check', $$partition_by => 'ts', partition_interval => '1 day', options => '{"partition_premake": -1}'$$),
	('policy_partition_interval_check', $$partition_by => 'ts', partition_interval => '0'$$),
	('policy_retain_check', $$partition_by => 'ts', partition_interval => '1 day', retain => '-1 day'$$),
	('policy_retain_action_check', $$partition_by => 'ts', partition_interval => '1 day', retain => '1 day', options => '{"retain_action": "burn"}'$$)
) AS a(rule, argument);
INSERT INTO attempt
SELECT rule, format('SELECT elt.alter_pipeline(''good'', %s)', argument)
FROM (VALUES ('pipeline_params_check', $$params => '[]'$$),
	('pipeline_params_check', $$params => 'null'$$),
	('pipeline_fail_after_check', $$options => '{"fail_after": -1}'$$),
	('pipeline_max_delete_percent_check', $$options => '{"max_delete_percent": 101}'$$),
	('pipeline_min_rows_percent_check', $$options => '{"min_rows_percent": -1}'$$),
	('pipeline_max_reject_percent_check', $$options => '{"max_reject_percent": -1}'$$),
	('pipeline_on_missing_field_check', $$options => '{"on_missing_field": ""}'$$),
	('pipeline_max_new_partitions_check', $$options => '{"max_new_partitions": 0}'$$),
	('pipeline_batch_rows_check', $$options => '{"batch_rows": -1}'$$),
	('pipeline_batch_bytes_check', $$options => '{"batch_bytes": 0}'$$),
	('pipeline_batch_seconds_check', $$options => '{"batch_seconds": -1}'$$),
	('pipeline_max_attempts_check', $$options => '{"max_attempts": 0}'$$),
	('policy_partition_premake_check', $$options => '{"partition_premake": -1}'$$),
	('policy_partition_premake_check', $$options => '{"partition_premake": 2000000000}'$$),
	('policy_retain_check', $$retain => '0'$$),
	('policy_retain_action_check', $$options => '{"retain_action": "burn"}'$$)
) AS a(rule, argument);
SELECT elt.set_alert_channel('good', 'log');
INSERT INTO attempt VALUES
	('alert_name_check', $$SELECT elt.add_alert('', 'failure', 'good')$$),
	('alert_severity_check', $$SELECT elt.add_alert('bad', 'failure', 'good', severity => 'burn')$$),
	('alert_channel_name_check', $$SELECT elt.set_alert_channel('', 'log')$$),
	('pipeline_params_check', $$SELECT elt.create_pipeline('bad', 'asked', 'bad', '{id}', params => '1', options => '{"params_query": "SELECT ''a'' AS x"}')$$),
	('policy_partition_premake_check', $$SELECT elt.set_policy('event', 'ts', '1 day', partition_premake => -1)$$),
	('policy_partition_interval_check', $$SELECT elt.set_policy('event', 'ts', '-1 day')$$),
	('policy_retain_check', $$SELECT elt.set_policy('event', 'ts', '1 day', retain => '0')$$),
	('policy_retain_action_check', $$SELECT elt.set_policy('event', 'ts', '1 day', retain_action => 'burn')$$),
	('check_rule_action_check', $$SELECT elt.add_check('good', 'c', 'true', 'burn')$$),
	('check_rule_scope_check', $$SELECT elt.add_batch_check('good', 'c', 'count(*)', fail_if => '> 1', scope => 'day')$$);

CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN '00000 accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
\pset format unaligned
SELECT rule, outcome(statement), statement FROM attempt ORDER BY rule, statement;
\pset format aligned
SELECT outcome(statement) ~ '^(00000|23)' AS reached, count(*) FROM attempt GROUP BY 1;

-- Every CHECK of the catalogue is among them, but those of columns that no argument sets.
SELECT conrelid::regclass, conname FROM pg_constraint
WHERE contype = 'c' AND connamespace = 'elt_catalog'::regnamespace AND conname NOT IN (SELECT rule FROM attempt)
ORDER BY conrelid::regclass::text COLLATE "C", conname COLLATE "C";

-- What was set can be unset.
CREATE VIEW settings AS SELECT fail_after, not_yet_limit, tombstone_retention, late_horizon, retain
	FROM elt_catalog.pipeline JOIN elt_catalog.policy ON relation = target WHERE name = 'good';
SELECT elt.alter_pipeline('good', options => '{"fail_after": 3, "not_yet_limit": "1 day"}', retain => '1 year');
SELECT * FROM settings;
SELECT elt.alter_pipeline('good', options => '{"retain": null, "not_yet_limit": null}');
SELECT * FROM settings;
SELECT elt.alter_pipeline('good', options => '{"fail_after": null, "tombstone_retention": null, "late_horizon": null}');
SELECT * FROM settings;
SELECT elt.alter_pipeline('good', options => '{"lookback": null}');
SELECT elt.alter_pipeline('good', options => '{"retain": "1 day"}');
SELECT elt.alter_pipeline('good', options => '[]');
-- But not set and unset at once
SELECT elt.alter_pipeline('good', retain => '1 year', options => '{"retain": null}');
SELECT elt.alter_pipeline('good', lookback => '0', options => '{"retain": null, "lookback": null}');
SELECT * FROM settings;

-- No interval takes a run out of the range of times.
SELECT outcome(format('SELECT elt.create_pipeline(''bad'', ''api'', ''bad'', ''{id,ts}'', partition_by => ''ts'', '
	'partition_interval => ''1 day'', options => %L)', jsonb_build_object(argument, '100000000 years'))),
	outcome(format('SELECT elt.alter_pipeline(''good'', options => %L)', jsonb_build_object(argument, '-1001 years'))), argument
FROM unnest('{lookback,publication_delay,not_yet_limit,max_future,tombstone_retention,late_horizon,retain}'::text[]) AS argument;
SELECT outcome($$SELECT elt.set_policy('event', 'ts', '1 day', retain => '1001 years')$$);
SELECT elt.alter_pipeline('good', options => '{"publication_delay": "-1000 years", "retain": "1000 years", "max_future": "1000 years"}');

-- A declaration that is older than the library has fewer arguments: none is read beyond the last one.
CREATE FUNCTION older_add(text, text, text, text) RETURNS text LANGUAGE c AS '$libdir/pg_elt', 'elt_add_check';
CREATE FUNCTION older_drop(text, text) RETURNS text LANGUAGE c AS '$libdir/pg_elt', 'elt_drop_check';
SELECT older_add('good', 'older', 'id > 0', 'warn');
SELECT older_drop('good', 'older');
SELECT count(*) FROM elt_catalog.check_rule WHERE name = 'older';
CREATE FUNCTION outcome_bare(f pg_proc) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
	EXECUTE format('CREATE %s bare() %s LANGUAGE c AS %L, %L',
		CASE f.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
		'RETURNS ' || nullif(pg_get_function_result(f.oid), ''), f.probin, f.prosrc);
	EXECUTE CASE f.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END || ' bare()';
	RAISE 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
	RETURN format('%s: %s', state, regexp_replace(SQLERRM, '^function \S+ ', 'function '));
END $$;
SELECT outcome_bare(p) AS outcome, count(*) > 10 AS many,
	CASE WHEN count(*) <= 10 THEN string_agg(DISTINCT p.prosrc, ', ' ORDER BY p.prosrc) END AS functions
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace IN ('elt'::regnamespace, 'elt_catalog'::regnamespace) AND l.lanname = 'c' AND p.pronargs > 0
GROUP BY 1 ORDER BY 1;

SELECT elt.drop_pipeline('good'), elt.drop_pipeline('whole');
SELECT elt.drop_alert_channel('good');
SET client_min_messages = warning;
DROP SCHEMA argument_test CASCADE;
DROP SERVER argument_api;
