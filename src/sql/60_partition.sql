-- Partitions by time: their policy, made ahead, removed by retention.

CREATE FUNCTION elt_catalog.elt_packed_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_packed_handler';
COMMENT ON FUNCTION elt_catalog.elt_packed_handler IS 'handler of foreign-data wrapper elt_packed';

CREATE FUNCTION elt_catalog.elt_packed_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_packed_validator';
COMMENT ON FUNCTION elt_catalog.elt_packed_validator IS 'check the options of elt_packed';

CREATE FOREIGN DATA WRAPPER elt_packed HANDLER elt_catalog.elt_packed_handler VALIDATOR elt_catalog.elt_packed_validator;
COMMENT ON FOREIGN DATA WRAPPER elt_packed IS 'rows of partitions that are packed into arrays';
CREATE SERVER elt_packed FOREIGN DATA WRAPPER elt_packed;
COMMENT ON SERVER elt_packed IS 'packed partitions of this database';

CREATE FUNCTION elt.set_policy(
	relation regclass,
	partition_column name DEFAULT NULL,
	partition_interval interval DEFAULT NULL,
	partition_time_zone text DEFAULT NULL,
	partition_premake int DEFAULT NULL,
	retain interval DEFAULT NULL,
	retain_action text DEFAULT NULL,
	retention jsonb DEFAULT NULL,
	archive_server name DEFAULT NULL,
	archive_path text DEFAULT NULL,
	retain_by text DEFAULT NULL,
	partition_epoch text DEFAULT NULL,
	partition_step bigint DEFAULT NULL,
	partition_rows bigint DEFAULT NULL,
	partition_bytes bigint DEFAULT NULL,
	then_by jsonb DEFAULT NULL,
	archive_format text DEFAULT NULL)
RETURNS regclass
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_set_policy';
COMMENT ON FUNCTION elt.set_policy IS 'set the partitions and retention of a table partitioned by range: partition_interval for times, and for integers with partition_epoch s or ms; else partition_step, or partition_rows or partition_bytes, by which the step is adapted; then_by divides each partition; retain_by data or creation says whose age counts; retention is a chain of actions in place of retain and retain_action; archive_server, archive_path and archive_format parquet or csv.zst say where archives go; null keeps the current value; returns the table';

CREATE PROCEDURE elt.partition_table(
	relation regclass,
	partition_column name,
	partition_interval interval,
	partition_time_zone text DEFAULT 'UTC',
	partition_premake int DEFAULT 4)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_partition_table';
COMMENT ON PROCEDURE elt.partition_table IS 'turn a table into one that is partitioned by time, with the table itself as the oldest partition, and set its policy; cannot be called in a transaction block';

CREATE FUNCTION elt_catalog.note_split_change()
RETURNS trigger
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_note_split_change';
COMMENT ON FUNCTION elt_catalog.note_split_change IS 'note a changed row of a partition that is being divided';

CREATE PROCEDURE elt.split_partition(
	partition regclass,
	partition_interval interval DEFAULT NULL,
	partition_step bigint DEFAULT NULL,
	dry_run boolean DEFAULT false,
	undo boolean DEFAULT false,
	INOUT partitions int DEFAULT NULL,
	INOUT rows bigint DEFAULT NULL)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_split_partition';
COMMENT ON PROCEDURE elt.split_partition IS 'divide a partition by the interval of its policy, or by partition_interval or partition_step, while others read and write it, or go on where that was interrupted; dry_run only counts; undo removes what was begun; returns the number of partitions and rows; cannot be called in a transaction block';

CREATE FUNCTION elt.drop_policy(relation regclass, if_exists boolean DEFAULT false)
RETURNS regclass
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_policy';
COMMENT ON FUNCTION elt.drop_policy IS 'remove the policy of a table and keep its partitions; returns the table';

CREATE FUNCTION elt.rotate_partitions(
	relation regclass DEFAULT NULL,
	OUT relation regclass,
	OUT partition text,
	OUT lower_bound timestamptz,
	OUT upper_bound timestamptz)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_rotate_partitions';
COMMENT ON FUNCTION elt.rotate_partitions IS 'create the current partition and partition_premake more, for one table or all tables with a policy; returns the partitions created';

CREATE FUNCTION elt.apply_retention(
	relation regclass DEFAULT NULL,
	dry_run boolean DEFAULT false,
	OUT relation regclass,
	OUT partition text,
	OUT lower_bound timestamptz,
	OUT upper_bound timestamptz,
	OUT action text,
	OUT rows bigint,
	OUT reason text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_apply_retention';
COMMENT ON FUNCTION elt.apply_retention IS 'drop, detach, compress, pack or archive expired partitions and purge expired tombstones, of one table or of all; dry_run only shows them; partitions that other objects need are held';

CREATE FUNCTION elt_catalog.partition_span(
	at timestamptz,
	partition_interval interval,
	time_zone text,
	OUT lower_bound timestamptz,
	OUT upper_bound timestamptz)
LANGUAGE C STABLE STRICT
AS 'MODULE_PATHNAME', 'elt_partition_span';
COMMENT ON FUNCTION elt_catalog.partition_span IS 'bounds of the partition that contains a time';

CREATE VIEW elt.policies AS
SELECT p.relation, p.partition_column, p.partition_interval, p.partition_time_zone,
	p.partition_premake, p.retain, p.retain_action, p.retention, p.lock_timeout, p.set_by,
	p.partition_epoch, p.partition_step, p.partition_rows, p.partition_bytes, p.then_by, p.retain_by,
	p.archive_server, p.archive_path, p.archive_format, v.oid::regclass AS all_view
FROM elt_catalog.policy p JOIN pg_catalog.pg_class c ON c.oid = p.relation
LEFT JOIN pg_catalog.pg_class v ON v.oid = p.all_view
ORDER BY c.oid;
COMMENT ON VIEW elt.policies IS 'partition interval, premade partitions and retention of each table with a policy';
COMMENT ON COLUMN elt.policies.relation IS 'partitioned table';
COMMENT ON COLUMN elt.policies.partition_column IS 'column by which it is partitioned';
COMMENT ON COLUMN elt.policies.partition_interval IS 'interval of a partition';
COMMENT ON COLUMN elt.policies.partition_time_zone IS 'time zone in which partitions begin';
COMMENT ON COLUMN elt.policies.partition_premake IS 'number of partitions ready after the current one';
COMMENT ON COLUMN elt.policies.retain IS 'age at which partitions expire; null: never';
COMMENT ON COLUMN elt.policies.retain_action IS 'what happens to old partitions: drop, detach, compress, pack or archive';
COMMENT ON COLUMN elt.policies.retention IS 'chain of actions with their ages, in place of retain';
COMMENT ON COLUMN elt.policies.lock_timeout IS 'maximum wait for the lock on the table';
COMMENT ON COLUMN elt.policies.set_by IS 'role that set the policy and whose privileges apply';
COMMENT ON COLUMN elt.policies.partition_epoch IS 'unit of an integer column that is a time since 1970: s or ms';
COMMENT ON COLUMN elt.policies.partition_step IS 'numbers of a new partition, of an integer column that is no time';
COMMENT ON COLUMN elt.policies.partition_rows IS 'rows of a partition, by which partition_step is adapted';
COMMENT ON COLUMN elt.policies.partition_bytes IS 'bytes of a partition, by which partition_step is adapted';
COMMENT ON COLUMN elt.policies.then_by IS 'how each partition is divided: by hash or by list';
COMMENT ON COLUMN elt.policies.retain_by IS 'age by which partitions expire: that of their data, or of their creation';
COMMENT ON COLUMN elt.policies.archive_server IS 'server of its archives';
COMMENT ON COLUMN elt.policies.archive_path IS 'folder of its archives below the root of the server';
COMMENT ON COLUMN elt.policies.archive_format IS 'format of its archives: parquet, which is the default, or csv.zst';
COMMENT ON COLUMN elt.policies.all_view IS 'view of its rows and of those that retention has archived';

CREATE FUNCTION elt.maintenance_plan(
	relation regclass DEFAULT NULL,
	OUT relation regclass,
	OUT step text,
	OUT action text,
	OUT partition text,
	OUT lower_bound timestamptz,
	OUT upper_bound timestamptz,
	OUT reason text,
	OUT statement text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_maintenance_plan';
COMMENT ON FUNCTION elt.maintenance_plan IS 'what the next maintenance would do to the partitions of one table or of all, with its statements, or the reason why an action is held';

CREATE FUNCTION elt.hold(
	relation regclass,
	from_time timestamptz,
	to_time timestamptz,
	reason text)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_hold';
COMMENT ON FUNCTION elt.hold IS 'keep the rows of a time range, whatever retention says, until they are released; null from_time or to_time: no limit; returns the ID of the hold';

CREATE FUNCTION elt.release(hold_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_release';
COMMENT ON FUNCTION elt.release IS 'end a hold; returns false if it has been released already';

CREATE FUNCTION elt.restore_partition(
	relation regclass,
	from_time timestamptz DEFAULT NULL,
	to_time timestamptz DEFAULT NULL,
	from_value bigint DEFAULT NULL,
	to_value bigint DEFAULT NULL,
	OUT partition text,
	OUT lower_bound timestamptz,
	OUT upper_bound timestamptz,
	OUT rows bigint)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_restore_partition';
COMMENT ON FUNCTION elt.restore_partition IS 'load the archived partitions with rows of a time range, or of a range of integers that are no time, back, and hold them with reason restored; null from_time, to_time, from_value or to_value: no limit; returns the partitions';

CREATE FUNCTION elt.compress_partition(
	partition regclass,
	form text DEFAULT 'sorted',
	order_by text DEFAULT NULL,
	brin boolean DEFAULT false,
	dry_run boolean DEFAULT false,
	OUT partition text,
	OUT sorted_by text,
	OUT rows bigint,
	OUT bytes_before bigint,
	OUT bytes_after bigint,
	OUT indexes_kept text[],
	OUT indexes_replaced text[])
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_compress_partition';
COMMENT ON FUNCTION elt.compress_partition IS 'form sorted: rewrite a partition sorted, without free space and with TOAST compressed by lz4; packed: detach it and pack its rows into arrays, which the view <table>_all reads; order_by time or key, null: the one in which a sample compresses better; brin: replace the partition''s own indexes by a BRIN index; dry_run only estimates from a sample; returns what it did';

CREATE FUNCTION elt.decompress_partition(
	partition regclass,
	dry_run boolean DEFAULT false,
	OUT partition text,
	OUT bytes_before bigint,
	OUT bytes_after bigint,
	OUT indexes_created text[])
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_decompress_partition';
COMMENT ON FUNCTION elt.decompress_partition IS 'give a sorted partition the indexes back that it had, or make a packed one a partition again; with dry_run only say what it would create; returns what it did';

CREATE FUNCTION elt.compression_advice(
	relation regclass,
	OUT form text,
	OUT partition text,
	OUT sorted_by text,
	OUT rows bigint,
	OUT bytes_before bigint,
	OUT bytes_after bigint,
	OUT ratio numeric,
	OUT reason text,
	OUT statement text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_compression_advice';
COMMENT ON FUNCTION elt.compression_advice IS 'what each form of compression would save in the largest old partition of a table, estimated from rows that are compressed as a trial, or the reason why a form is not possible; changes nothing';

CREATE VIEW elt.holds AS
SELECT h.id AS hold_id, h.relation, h.from_time, h.to_time, h.reason, h.held_by, h.held_at, h.released_by, h.released_at,
	h.from_value, h.to_value
FROM elt_catalog.hold h
ORDER BY h.id;
COMMENT ON VIEW elt.holds IS 'time ranges whose rows retention must keep, and those that were released';
COMMENT ON COLUMN elt.holds.hold_id IS 'ID of the hold';
COMMENT ON COLUMN elt.holds.relation IS 'table';
COMMENT ON COLUMN elt.holds.from_time IS 'inclusive lower bound';
COMMENT ON COLUMN elt.holds.to_time IS 'exclusive upper bound';
COMMENT ON COLUMN elt.holds.from_value IS 'inclusive lower bound of an integer that is no time';
COMMENT ON COLUMN elt.holds.to_value IS 'exclusive upper bound of an integer that is no time';
COMMENT ON COLUMN elt.holds.reason IS 'why the rows are held';
COMMENT ON COLUMN elt.holds.held_by IS 'role that called elt.hold';
COMMENT ON COLUMN elt.holds.held_at IS 'when it was called';
COMMENT ON COLUMN elt.holds.released_by IS 'role that called elt.release';
COMMENT ON COLUMN elt.holds.released_at IS 'when it was released; null: the hold stands';

CREATE VIEW elt.partitions AS
SELECT l.relation, l.name AS partition, l.lower_bound, l.upper_bound, l.state,
	CASE WHEN l.state = 'packed' THEN (l.compression::jsonb ->> 'rows')::bigint ELSE greatest(s.reltuples, 0)::bigint END AS rows,
	CASE WHEN s.relkind = 'f' THEN
		(SELECT pg_catalog.pg_total_relation_size(pg_catalog.to_regclass(o.option_value)) FROM pg_catalog.pg_foreign_table f,
			pg_catalog.pg_options_to_table(f.ftoptions) o WHERE f.ftrelid = s.oid AND o.option_name = 'packed')
		WHEN s.relkind = 'p' THEN
		(SELECT sum(pg_catalog.pg_total_relation_size(t.relid)) FROM pg_catalog.pg_partition_tree(s.oid) t)::bigint
		ELSE pg_catalog.pg_total_relation_size(s.oid) END AS bytes,
	l.lower_value, l.upper_value, l.action, l.step, l.held, l.error, l.created_at, l.changed_at,
	l.archive::jsonb->>'path' AS archive, l.archived_rows, l.compression::jsonb AS compression
FROM elt_catalog.partition l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_class s ON s.oid = coalesce(l.part, CASE WHEN l.state = 'attached' THEN pg_catalog.to_regclass(
	pg_catalog.format('%I.%I', c.relnamespace::pg_catalog.regnamespace::text, l.name)) END)
ORDER BY c.oid, l.lower_bound, l.lower_value, l.name;
COMMENT ON VIEW elt.partitions IS 'partitions that pg_elt created, or does something with, and their state';
COMMENT ON COLUMN elt.partitions.relation IS 'partitioned table';
COMMENT ON COLUMN elt.partitions.partition IS 'name of the partition, in the schema of the table';
COMMENT ON COLUMN elt.partitions.lower_bound IS 'inclusive lower bound';
COMMENT ON COLUMN elt.partitions.upper_bound IS 'exclusive upper bound';
COMMENT ON COLUMN elt.partitions.state IS 'attached, detaching, detached, archived, packed or dropped';
COMMENT ON COLUMN elt.partitions.rows IS 'number of rows, as estimated by the last ANALYZE or VACUUM; null: its table is gone';
COMMENT ON COLUMN elt.partitions.bytes IS 'size with indexes and TOAST; null: its table is gone';
COMMENT ON COLUMN elt.partitions.lower_value IS 'inclusive lower bound of an integer column that is no time';
COMMENT ON COLUMN elt.partitions.upper_value IS 'exclusive upper bound of an integer column that is no time';
COMMENT ON COLUMN elt.partitions.action IS 'action of retention in progress, which the next maintenance continues';
COMMENT ON COLUMN elt.partitions.step IS 'last completed step of that action';
COMMENT ON COLUMN elt.partitions.held IS 'why an action that is due is held';
COMMENT ON COLUMN elt.partitions.error IS 'error of the last attempt';
COMMENT ON COLUMN elt.partitions.created_at IS 'when it was created, or first seen by retention';
COMMENT ON COLUMN elt.partitions.changed_at IS 'when its state last changed';
COMMENT ON COLUMN elt.partitions.archive IS 'file of its rows below the root of the server; complete when archived_rows is not null';
COMMENT ON COLUMN elt.partitions.archived_rows IS 'number of rows that are in that file alone';
COMMENT ON COLUMN elt.partitions.compression IS 'how it was compressed: form, columns by which its rows were sorted, bytes before and after, indexes that were replaced; null: it is not';

CREATE VIEW elt.splits AS
SELECT s.relation, s.source_name AS partition, s.phase, s.partitions, s.rows, s.next_block AS blocks_copied, s.blocks,
	s.started_at, s.changed_at
FROM elt_catalog.split s JOIN pg_catalog.pg_class c ON c.oid = s.relation
ORDER BY s.id;
COMMENT ON VIEW elt.splits IS 'partitions that are being divided by elt.split_partition';
COMMENT ON COLUMN elt.splits.relation IS 'partitioned table';
COMMENT ON COLUMN elt.splits.partition IS 'partition that is being divided';
COMMENT ON COLUMN elt.splits.phase IS 'make: tables are being created, copy: rows are being copied, attach: new partitions have replaced it and are being attached, undo: what was made is being removed';
COMMENT ON COLUMN elt.splits.partitions IS 'number of partitions that it becomes';
COMMENT ON COLUMN elt.splits.rows IS 'rows copied';
COMMENT ON COLUMN elt.splits.blocks_copied IS 'blocks of the partition whose rows are copied';
COMMENT ON COLUMN elt.splits.blocks IS 'blocks of the partition';
COMMENT ON COLUMN elt.splits.started_at IS 'when it began';
COMMENT ON COLUMN elt.splits.changed_at IS 'when it last advanced';

CREATE VIEW elt.maintenance_errors AS
SELECT e.relation, e.step, e.first_at, e.last_at, e.times, e.sqlstate, e.message, e.hint
FROM elt_catalog.maintenance_error e
WHERE e.relation IS NULL OR EXISTS (SELECT FROM pg_class c WHERE c.oid = e.relation)
ORDER BY e.first_at;
COMMENT ON VIEW elt.maintenance_errors IS 'maintenance steps that fail, since when, and why; a row is removed when its step succeeds';
COMMENT ON COLUMN elt.maintenance_errors.relation IS 'table; null: the step concerns no table';
COMMENT ON COLUMN elt.maintenance_errors.step IS 'step of the maintenance';
COMMENT ON COLUMN elt.maintenance_errors.first_at IS 'since when it fails';
COMMENT ON COLUMN elt.maintenance_errors.last_at IS 'when it failed last';
COMMENT ON COLUMN elt.maintenance_errors.times IS 'number of failures in a row';
COMMENT ON COLUMN elt.maintenance_errors.sqlstate IS 'SQLSTATE of the last failure';
COMMENT ON COLUMN elt.maintenance_errors.message IS 'message of the last failure';
COMMENT ON COLUMN elt.maintenance_errors.hint IS 'hint of the last failure';

CREATE VIEW elt.maintenance_runs AS
SELECT r.id AS maintenance_id, r.started_at, r.finished_at, r.partitions_created, r.partitions_removed, r.rows_deleted, r.errors
FROM elt_catalog.maintenance_run r
ORDER BY r.id;
COMMENT ON VIEW elt.maintenance_runs IS 'maintenance of the last 90 days';
COMMENT ON COLUMN elt.maintenance_runs.maintenance_id IS 'ID';
COMMENT ON COLUMN elt.maintenance_runs.started_at IS 'when it started';
COMMENT ON COLUMN elt.maintenance_runs.finished_at IS 'when it finished; null: it is in progress or was interrupted';
COMMENT ON COLUMN elt.maintenance_runs.partitions_created IS 'partitions created in advance';
COMMENT ON COLUMN elt.maintenance_runs.partitions_removed IS 'actions of retention completed on partitions';
COMMENT ON COLUMN elt.maintenance_runs.rows_deleted IS 'expired rows deleted from tables without partitions';
COMMENT ON COLUMN elt.maintenance_runs.errors IS 'number of steps that failed, as in elt.maintenance_errors';
