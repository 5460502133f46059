-- Who may do what: nothing for everyone, reading for elt_reader, running for elt_operator,
-- defining for elt_admin; a pipeline is its owner's.
BEGIN;
SELECT no_plan();

SELECT is((SELECT count(*) FROM pg_depend d
		JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_elt')
		AND has_function_privilege('public', p.oid, 'EXECUTE')), 0::bigint,
	'PUBLIC may execute nothing');
SELECT is((SELECT count(*) FROM pg_class c
		WHERE c.relnamespace IN ('elt'::regnamespace, 'elt_catalog'::regnamespace)
		AND c.relkind IN ('r', 'v', 'S') AND (has_table_privilege('public', c.oid, 'SELECT'))),
	0::bigint, 'PUBLIC may read nothing');
SELECT is(has_schema_privilege('public', 'elt', 'USAGE'), false, 'PUBLIC may not even look');

SELECT is((SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'elt'::regnamespace
		AND c.relkind = 'v' AND NOT has_table_privilege('elt_reader', c.oid, 'SELECT')),
	0::bigint, 'elt_reader reads every view');
SELECT is((SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc p
		WHERE p.pronamespace = 'elt'::regnamespace
		AND has_function_privilege('elt_reader', p.oid, 'EXECUTE')), '{add_distinct_counts,add_quantiles,advance,check_change_log,consumer,counted_distinct,counted_rows,dag_mermaid,describe_star,distinct_count,drop_consumer,easter,explain_pipeline,holidays,merge_distinct,
	merge_quantiles,metrics_text,next_changes,next_slots,profile,quantile,quantile_count,sketch_distinct,sketch_distinct_counts,sketch_quantiles,subtract_quantiles,
	union_distinct}'::text[],
	'elt_reader calls what reads with the privileges of the caller alone, consumers, or nothing');
SELECT is((SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc p
		WHERE p.pronamespace = 'elt'::regnamespace
		AND has_function_privilege('elt_operator', p.oid, 'EXECUTE')),
	'{add_distinct_counts,add_quantiles,advance,approve_deletes,backfill,cancel,changed_keys,changed_since,check_change_log,consumer,counted_distinct,counted_rows,dag_mermaid,describe_star,discard_deletes,
	discard_rejects,distinct_count,drain,drop_consumer,easter,enqueue,enqueue_on_change,explain_pipeline,explain_source,export,holidays,make_archive,merge,
	merge_distinct,merge_quantiles,merge_sql,metrics_text,next_changes,next_slots,pause,pause_all,pipeline_sql,preview,preview_merge,profile,pull,quantile,
	quantile_count,replay_rejects,replication_lag,resume,resume_all,run,run_all,sketch_distinct,sketch_distinct_counts,sketch_quantiles,subtract_quantiles,tick,union_distinct,
	validate,wait}'::text[],
	'elt_operator runs and pauses, and defines nothing');
SELECT is((SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'elt'::regnamespace
		AND NOT has_function_privilege('elt_admin', p.oid, 'EXECUTE')),
	0::bigint, 'elt_admin calls everything');

-- An ordinary role gets no further than the door.
CREATE ROLE elt_test_stranger;
SET LOCAL ROLE elt_test_stranger;
SELECT throws_ok('SELECT * FROM elt.runs', '42501', NULL, 'a stranger cannot read runs');
SELECT throws_ok('SELECT elt.pause(''x'')', '42501', NULL, 'a stranger cannot pause');
RESET ROLE;

-- A reader reads.
CREATE ROLE elt_test_reader;
GRANT elt_reader TO elt_test_reader;
SET LOCAL ROLE elt_test_reader;
SELECT lives_ok(format('SELECT * FROM elt.%I', relname), 'a reader reads elt.' || relname)
FROM pg_class WHERE relnamespace = 'elt'::regnamespace AND relkind = 'v' ORDER BY relname;
SELECT throws_ok('SELECT * FROM elt_catalog.run', '42501', NULL, 'but not the catalogue');
RESET ROLE;

-- Pipelines of one owner are not those of another.
CREATE ROLE elt_test_owner;
CREATE ROLE elt_test_other;
GRANT elt_admin TO elt_test_owner;
GRANT USAGE ON SCHEMA elt TO elt_test_other;
GRANT EXECUTE ON FUNCTION elt.drop_pipeline, elt.pause, elt.preview TO elt_test_other;
CREATE SCHEMA elt_test AUTHORIZATION elt_test_owner;
CREATE SERVER elt_test_server FOREIGN DATA WRAPPER elt_http
	OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
CREATE FOREIGN TABLE elt_test.source (id int) SERVER elt_test_server OPTIONS (path '/x');
ALTER FOREIGN TABLE elt_test.source OWNER TO elt_test_owner;

SET LOCAL ROLE elt_test_owner;
SELECT throws_ok($$SELECT elt.create_pipeline('elt_test', 'elt_test.source', 'elt_test.target', '{id}')$$,
	'42501', NULL, 'without USAGE on the server there is no pipeline');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER elt_test_server TO elt_test_owner;
SET LOCAL ROLE elt_test_owner;
SELECT lives_ok($$SELECT elt.create_pipeline('elt_test', 'elt_test.source', 'elt_test.target', '{id}')$$,
	'with USAGE there is');
SELECT table_owner_is('elt_test', 'target', 'elt_test_owner', 'the target is its owner''s');
SELECT ok((SELECT relowner = (SELECT extowner FROM pg_extension WHERE extname = 'pg_elt') FROM pg_class
	WHERE oid = 'elt_staging.elt_test'::regclass), 'the staging table is the extension''s');
SET LOCAL ROLE elt_test_other;
SELECT throws_ok($$SELECT elt.drop_pipeline('elt_test')$$, '42501', NULL, 'another may not drop it');
SELECT throws_ok($$SELECT elt.pause('elt_test')$$, '42501', NULL, 'nor pause it');
SELECT throws_ok($$SELECT * FROM elt.preview('elt_test')$$, '42501', NULL, 'nor read through it');
RESET ROLE;

-- What an administrator writes never runs with rights that he lacks.
CREATE FOREIGN TABLE elt_test.foreign_source (id int) SERVER elt_test_server OPTIONS (path '/x');
SELECT elt.create_pipeline('elt_test_foreign', 'elt_test.foreign_source', 'elt_test.foreign_target', '{id}');
SELECT elt.add_check('elt_test_foreign', 'known', 'id > 0');
SET LOCAL ROLE elt_test_owner;
SELECT throws_ok($$SELECT elt.add_check('elt_test_foreign', 'mine', 'id > 1')$$, '42501',
	'permission denied to add a check to pipeline "elt_test_foreign"', 'an administrator adds no check to the pipeline of another');
SELECT throws_ok($$SELECT elt.apply_restatements('elt_test_foreign', 'elt_test.target', 'id', 'id')$$, '42501',
	'permission denied to apply restatements of pipeline "elt_test_foreign"', 'nor has its owner write into a table of his');
SELECT throws_ok($$SELECT elt.alter_pipeline('elt_test_foreign', options => '{"params_query": "SELECT 1 AS id"}')$$, '42501',
	'permission denied to set params_query of pipeline "elt_test_foreign"', 'nor gives it a query');
SELECT lives_ok($$SELECT elt.drop_check('elt_test_foreign', 'known')$$, 'but removes one');
SELECT lives_ok($$SELECT elt.add_check('elt_test', 'mine', 'id > 1')$$, 'and adds to his own');
RESET ROLE;

SELECT is((SELECT usename::text FROM pg_user WHERE usename = current_user), session_user::text,
	'and we are who we were');
SELECT * FROM finish();
ROLLBACK;
