-- Checks: rules over staged rows.

CREATE FUNCTION elt.add_check(
	pipeline text,
	check_name text,
	expression text,
	action text DEFAULT 'quarantine',
	warn_if text DEFAULT NULL,
	fail_if text DEFAULT NULL,
	description text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_add_check';
COMMENT ON FUNCTION elt.add_check IS 'add a condition that staged rows must meet; rows that violate it are counted (warn), quarantined or dropped, or fail the batch, as do conditions on their number; returns the name of the check';

CREATE FUNCTION elt.alter_check(
	pipeline text,
	check_name text,
	expression text DEFAULT NULL,
	action text DEFAULT NULL,
	warn_if text DEFAULT NULL,
	fail_if text DEFAULT NULL,
	description text DEFAULT NULL,
	enabled boolean DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_alter_check';
COMMENT ON FUNCTION elt.alter_check IS 'change a check of rows or batches, or switch it on or off; null changes nothing, and an empty text removes a condition or description; returns the name of the check';

CREATE FUNCTION elt.drop_check(pipeline text, check_name text, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_check';
COMMENT ON FUNCTION elt.drop_check IS 'drop a check; returns its name';

CREATE FUNCTION elt.validate(
	pipeline text,
	OUT check_name text,
	OUT action text,
	OUT rows_checked bigint,
	OUT rows_failed bigint,
	OUT verdict text,
	OUT value numeric)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_validate';
COMMENT ON FUNCTION elt.validate IS 'evaluate all checks for the staged batch and return the results; writes nothing';

CREATE FUNCTION elt.add_batch_check(
	pipeline text,
	check_name text,
	measure text,
	warn_if text DEFAULT NULL,
	fail_if text DEFAULT NULL,
	scope text DEFAULT 'batch',
	description text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_add_batch_check';
COMMENT ON FUNCTION elt.add_batch_check IS 'add conditions on a number measured in each staged batch, or in each run as one batch; returns the name of the check';

CREATE FUNCTION elt_catalog.check_dimension(expression text)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE
	WHEN expression ~ '^\s*("([^"]|"")+"|\w+) IS NOT NULL\s*$' OR expression ~ 'IS NULL\)::int' THEN 'completeness'
	WHEN expression ~* '^\s*unique\M' OR expression ~ '^count\(\*\) - count\(DISTINCT' THEN 'uniqueness'
	WHEN expression ~ '\mcount\(\*\)$|^deviation\(count\(\*\)|\mAS gap FROM batch\M' THEN 'completeness'
	WHEN expression ~ '^extract\(epoch FROM now\(\) - ' THEN 'timeliness'
	ELSE 'validity' END;
COMMENT ON FUNCTION elt_catalog.check_dimension IS 'side of quality that a check is about, as its expression tells';

CREATE VIEW elt.checks AS
SELECT p.name AS pipeline, k.name, k.expression, k.action, k.native, k.created_at, k.scope, k.warn_if, k.fail_if,
	k.description, k.enabled
FROM elt_catalog.check_rule k JOIN elt_catalog.pipeline p ON p.id = k.pipeline_id
ORDER BY p.name, k.id;
COMMENT ON VIEW elt.checks IS 'checks of pipelines; native ones are evaluated while rows are loaded';
COMMENT ON COLUMN elt.checks.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.checks.name IS 'name of the check';
COMMENT ON COLUMN elt.checks.expression IS 'condition that staged rows must meet, or what is measured in a batch';
COMMENT ON COLUMN elt.checks.action IS 'warn, quarantine, drop or fail';
COMMENT ON COLUMN elt.checks.native IS 'whether it is evaluated while rows are loaded';
COMMENT ON COLUMN elt.checks.created_at IS 'when it was added';
COMMENT ON COLUMN elt.checks.scope IS 'what is checked: row, batch, or run, which is then one batch';
COMMENT ON COLUMN elt.checks.warn_if IS 'condition on the number of rows or the value measured, under which a warning is issued';
COMMENT ON COLUMN elt.checks.fail_if IS 'condition on the number of rows or the value measured, under which the batch does not land';
COMMENT ON COLUMN elt.checks.description IS 'what the check is for';
COMMENT ON COLUMN elt.checks.enabled IS 'whether it is evaluated';

CREATE VIEW elt.check_results AS
SELECT c.run_id, p.name AS pipeline, c.batch, c.check_name, c.action, c.rows_checked,
	c.rows_failed, c.verdict, c.value, c.message, c.checked_at, c.dimension,
	round(100.0 * c.rows_failed / nullif(c.rows_checked, 0), 2) AS percent_failed,
	CASE WHEN pg_catalog.has_table_privilege(p.target, 'SELECT') THEN c.sample_keys END AS sample_keys,
	(SELECT coalesce(sum(o.rows), 0)::bigint FROM elt_catalog.reject_overflow o
		WHERE o.run_id = c.run_id AND o.batch = c.batch AND o.pipeline_id = c.pipeline_id AND o.stage = 'check'
			AND o.reason = c.check_name AND NOT o.expired) AS rejects_not_kept
FROM elt_catalog.check_result c
JOIN elt_catalog.pipeline p ON p.id = c.pipeline_id
ORDER BY c.run_id, c.batch, p.id, c.check_name;
COMMENT ON VIEW elt.check_results IS 'results of each check for each batch that has landed or was refused';
COMMENT ON COLUMN elt.check_results.run_id IS 'run that landed or refused the batch';
COMMENT ON COLUMN elt.check_results.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.check_results.batch IS 'number of the batch within its run, from 1';
COMMENT ON COLUMN elt.check_results.check_name IS 'name of the check';
COMMENT ON COLUMN elt.check_results.action IS 'warn, quarantine, drop or fail';
COMMENT ON COLUMN elt.check_results.rows_checked IS 'number of staged rows';
COMMENT ON COLUMN elt.check_results.rows_failed IS 'number of staged rows that violate the check; null for a batch check';
COMMENT ON COLUMN elt.check_results.verdict IS 'passed: no row violates it, or no condition is met; warned: the batch may land; failed: the batch must not land; unknown: there is no value';
COMMENT ON COLUMN elt.check_results.value IS 'number that a batch check has measured; null: there is none';
COMMENT ON COLUMN elt.check_results.message IS 'condition that the value meets, or why there is no value';
COMMENT ON COLUMN elt.check_results.checked_at IS 'when the batch was checked';
COMMENT ON COLUMN elt.check_results.dimension IS 'completeness, validity, uniqueness or timeliness';
COMMENT ON COLUMN elt.check_results.percent_failed IS 'rows_failed in percent of rows_checked';
COMMENT ON COLUMN elt.check_results.rejects_not_kept IS 'rejects beyond max_rejects_kept, of which only this number is known';
COMMENT ON COLUMN elt.check_results.sample_keys IS 'keys of up to five rows that violate the check, for those who may read the target';
