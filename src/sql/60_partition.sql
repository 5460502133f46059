-- Partitions by time: their policy, made ahead, removed by retention.

CREATE FUNCTION elt.set_policy(
	relation regclass,
	partition_column name DEFAULT NULL,
	partition_interval interval DEFAULT NULL,
	partition_time_zone text DEFAULT NULL,
	partition_premake int DEFAULT NULL,
	retain interval DEFAULT NULL,
	retain_action text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_set_policy';
COMMENT ON FUNCTION elt.set_policy IS 'set the partition interval, premade partitions and retention of a table partitioned by time; what is null stays as it was';

CREATE FUNCTION elt.drop_policy(relation regclass)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_policy';
COMMENT ON FUNCTION elt.drop_policy IS 'stop rotating and expiring a table; its partitions stay; returns whether it had a policy';

CREATE FUNCTION elt.rotate_partitions(relation regclass DEFAULT NULL)
RETURNS TABLE (relation regclass, partition text, lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_rotate_partitions';
COMMENT ON FUNCTION elt.rotate_partitions IS 'make the partitions of the current interval and partition_premake more, of one table or of every table with a policy; returns those made';

CREATE FUNCTION elt.apply_retention(relation regclass DEFAULT NULL, dry_run boolean DEFAULT false)
RETURNS TABLE (relation regclass, partition text, lower_bound timestamptz, upper_bound timestamptz, action text, rows bigint, reason text)
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_apply_retention';
COMMENT ON FUNCTION elt.apply_retention IS 'drop or detach the partitions that end by now minus retain, and purge tombstones that are older than tombstone_retention, of one table or of every table that has one of the two; dry_run only shows them; what rows of another table refer to, or an object depends on, is held, with the reason';

CREATE VIEW elt.policies AS
SELECT p.relation, p.partition_column, p.partition_interval, p.partition_time_zone,
	p.partition_premake, p.retain, p.retain_action, p.lock_timeout, p.set_by
FROM elt_catalog.policy p JOIN pg_catalog.pg_class c ON c.oid = p.relation
ORDER BY c.oid;
COMMENT ON VIEW elt.policies IS 'partition interval, premade partitions and retention of every table with a policy';

CREATE VIEW elt.partitions AS
SELECT l.parent AS relation, l.name AS partition, l.lower_bound, l.upper_bound, l.state,
	CASE WHEN l.state = 'attached' THEN pg_catalog.pg_total_relation_size(
		pg_catalog.to_regclass(pg_catalog.format('%I.%I', c.relnamespace::pg_catalog.regnamespace::text, l.name))) END AS bytes,
	l.changed_at
FROM elt_catalog.partition l JOIN pg_catalog.pg_class c ON c.oid = l.parent
ORDER BY c.oid, l.lower_bound;
COMMENT ON VIEW elt.partitions IS 'every partition that pg_elt created, and its state';

CREATE VIEW elt.maintenance_errors AS
SELECT e.relation, e.step, e.first_at, e.last_at, e.times, e.sqlstate, e.message, e.hint
FROM elt_catalog.maintenance_error e
ORDER BY e.first_at;
COMMENT ON VIEW elt.maintenance_errors IS 'steps of the maintenance that failed, since when, and why; a row is removed when its step succeeds';
