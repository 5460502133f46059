-- elt.pipeline_sql: the statements that define a pipeline, and define the same in an empty database.
\getenv source PG_ABS_SRCDIR
\getenv build PG_ABS_BUILDDIR
\set database :DBNAME
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE ROLE pipeline_sql_owner;
GRANT elt_admin, pg_read_server_files TO pipeline_sql_owner;

-- Pipelines of every strategy, with what else belongs to a definition
CREATE SCHEMA "Sales";
CREATE SCHEMA sales_api;
GRANT ALL ON SCHEMA "Sales", sales_api TO pipeline_sql_owner;
SET ROLE pipeline_sql_owner;
CREATE SERVER sales TYPE 'api' VERSION '2' FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', rate_limit '2/s');
CREATE USER MAPPING FOR PUBLIC SERVER sales OPTIONS (auth 'bearer', token 's3cr3t-public');
CREATE USER MAPPING FOR pipeline_sql_owner SERVER sales OPTIONS (auth 'basic', user 'me', password 's3cr3t-own');
CREATE FOREIGN TABLE sales_api.events (
	id bigint OPTIONS (path 'id') NOT NULL,
	"Name" varchar(20) OPTIONS (path 'name') COLLATE "C",
	amount numeric(10,2),
	country text OPTIONS (param 'country'),
	at timestamptz
) SERVER sales OPTIONS (path '/events', query 'country={country}&from={window_start}', window '1 day', window_column 'at');
CREATE FOREIGN TABLE sales_api.customers (id int, city text, changed_at timestamptz, gone boolean)
	SERVER sales OPTIONS (path '/customers', records '$.items[*]');
SELECT elt.create_pipeline('append_events', 'sales_api.events', '"Sales"."Events"', strategy => 'append',
	params => '{"country": ["de", "it''s"]}', start_at => '2024-01-01 12:00+02',
	options => '{"batch_rows": 10, "max_reject_percent": 0.5, "publication_delay": "1 mon 2 days -03:00"}');
SELECT elt.create_pipeline('upsert_events', 'sales_api.events', '"Sales".upserted', '{id,at}', params => '{"country": ["de"]}',
	start_at => '2024-01-01', partition_by => 'at', partition_interval => '1 month', retain => '50 years',
	options => '{"partition_premake": 2, "partition_time_zone": "Europe/Berlin", "retain_action": "detach", "insert_only_columns": ["Name"],
		"sequence_by": ["amount"], "delete_when": "amount < 0 AND \"Name\" = E''a\\\\b''"}');
SELECT elt.create_pipeline('windows_events', 'sales_api.events', '"Sales".windows', '{id}', 'replace_window',
	params => '{"country": ["de"]}', start_at => '2024-01-01');
SELECT elt.create_pipeline('scd2_customers', 'sales_api.customers', '"Sales".dim_customer', '{id}', 'scd2',
	options => '{"sequence_by": ["changed_at"], "delete_when": "gone", "deletes": "mark", "track_columns": ["city"], "late_horizon": "1 year"}');
SELECT elt.create_pipeline('full_customers', 'sales_api.customers', '"Sales".customer', '{id}',
	options => '{"load": "full", "absent": "delete", "max_delete_percent": 3}');
SELECT elt.add_check('upsert_events', 'positive', 'amount >= 0', 'warn');
SELECT elt.add_check('upsert_events', 'a name''s length', 'length("Name") > 1 OR "Name" = E''\\''', 'drop');
SELECT elt.add_check('upsert_events', 'once', 'UNIQUE (id)', 'fail');
SELECT elt.pause('scd2_customers');
SELECT elt.set_pool('crm', 2);
SELECT elt.alter_pipeline('full_customers', options => '{"pool": "crm"}');

-- A target with a policy of its own
CREATE TABLE "Sales".own (id bigint, at timestamptz NOT NULL, note text DEFAULT 'none', _run_id bigint, _loaded_at timestamptz, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
SELECT elt.set_policy('"Sales".own', partition_interval => '1 day', partition_premake => 1, retain => '50 years');
CREATE FOREIGN TABLE sales_api.own (id bigint, at timestamptz, note text) SERVER sales OPTIONS (path '/own');
SELECT elt.create_pipeline('own_policy', 'sales_api.own', '"Sales".own', '{id,at}');
RESET ROLE;

-- It does not hang on the session
\pset format unaligned
\pset tuples_only on
SET search_path = sales_api;
SET datestyle = 'German';
SET intervalstyle = 'iso_8601';
SELECT elt.pipeline_sql('append_events');
SELECT elt.pipeline_sql('upsert_events');
SELECT elt.pipeline_sql('scd2_customers');
SELECT elt.pipeline_sql('own_policy');
RESET search_path;
RESET datestyle;
RESET intervalstyle;
SELECT count(*) FROM elt.pipelines p, elt.pipeline_sql(p.name) s WHERE s ~ 's3cr3t';

-- Those of the examples too
\set schedule ''
\set schedule_slow ''
\set start_at '2024-01-01'
\set ECHO none
\o /dev/null
\i :source/docs/examples/energy/01_source.sql
\i :source/docs/examples/energy/02_pipelines.sql
\i :source/docs/examples/energy/03_checks.sql
\o
\set ECHO all
\set ON_ERROR_STOP off

-- In an empty database they define the same
SELECT $definitions$
	SELECT concat_ws(' ', p.name, p.source, p.target, p.key, p.strategy, p.params, p.start_at, p.lookback, p.partition_by,
		p.partition_interval, p.retain, p.options, p.owner, p.paused) FROM elt.pipelines p
	UNION ALL SELECT concat_ws(' ', c.pipeline, c.name, c.expression, c.action) FROM elt.checks c
	UNION ALL SELECT to_jsonb(y)::text FROM elt.policies y
	UNION ALL SELECT concat_ws(' ', 'pool', l.pool, l.max_runs) FROM elt.pools l
	UNION ALL SELECT concat_ws(' ', s.srvname, s.srvtype, s.srvversion, s.srvoptions)
		FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw AND w.fdwname ~ '^elt'
	UNION ALL SELECT concat_ws(' ', c.oid::regclass, f.ftoptions, a.attname, a.attfdwoptions, a.attnotnull,
			format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, pg_get_partkeydef(c.oid), pg_get_expr(d.adbin, d.adrelid))
		FROM elt.pipelines p JOIN pg_class c ON c.oid IN (p.source, p.target) LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
$definitions$ AS definitions \gset
SELECT count(*) FROM elt.pipelines;
SELECT string_agg(line, E'\n') AS original FROM (:definitions) d (line) \gset
\o :build/pipeline_sql.script
SELECT elt.pipeline_sql(name) FROM elt.pipelines WHERE owner = 'pipeline_sql_owner'::regrole;
\o :build/pipeline_sql_examples.script
SELECT elt.pipeline_sql(name) FROM elt.pipelines WHERE owner <> 'pipeline_sql_owner'::regrole;
\o
CREATE DATABASE pipeline_sql_copy;
\c pipeline_sql_copy
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE EXTENSION pg_elt;
GRANT CREATE ON DATABASE pipeline_sql_copy TO pipeline_sql_owner;
\set ECHO none
\o /dev/null
\i :build/pipeline_sql_examples.script
SET ROLE pipeline_sql_owner;
\i :build/pipeline_sql.script
RESET ROLE;
\o
\set ECHO all
SELECT count(*) FROM elt.pipelines;
SELECT string_agg(line, E'\n') AS copy FROM (:definitions) d (line) \gset
SELECT '- ' || line FROM (SELECT regexp_split_to_table(:'original', E'\n') EXCEPT SELECT regexp_split_to_table(:'copy', E'\n')) o (line)
UNION ALL SELECT '+ ' || line FROM (SELECT regexp_split_to_table(:'copy', E'\n') EXCEPT SELECT regexp_split_to_table(:'original', E'\n')) c (line);
\c :database
DROP DATABASE pipeline_sql_copy WITH (FORCE);

-- A pipeline that does not exist, and one without its source
\pset tuples_only off
SET client_min_messages = warning;
SELECT elt.pipeline_sql('nobody');
SELECT elt.pipeline_sql(NULL);

-- All that a policy says, and one of a table without partitions
CREATE TABLE "Sales".plain (LIKE "Sales".own INCLUDING ALL);
SELECT elt.set_policy('"Sales".own', retention => '[{"after": "1 year", "do": "detach"}, {"after": "2 years", "do": "drop"}]', retain_by => 'creation',
	then_by => '{"hash": "id", "partitions": 2}');
SELECT elt.set_policy('"Sales".plain', 'at', retain => '1 year');
SELECT elt.create_pipeline('plain_policy', 'sales_api.own', '"Sales".plain', '{id,at}');
SELECT line FROM (SELECT elt.pipeline_sql('own_policy') UNION ALL SELECT elt.pipeline_sql('plain_policy')) p(statement),
	regexp_split_to_table(statement, '\n') line WHERE line ~ '^\)|set_policy';

DROP FOREIGN TABLE sales_api.own CASCADE;
SELECT elt.pipeline_sql('own_policy');
SELECT count(elt.drop_pipeline(name)) FROM elt.pipelines;
SELECT elt.drop_pool('crm');
DROP SERVER sales, energy_charts CASCADE;
DROP SCHEMA "Sales", sales_api, energy, energy_api CASCADE;
DROP OWNED BY pipeline_sql_owner;
DROP ROLE pipeline_sql_owner;
