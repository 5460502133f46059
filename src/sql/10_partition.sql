-- Partitions: policies, holds, and what the maintenance did. A change here, except of a comment, also goes into
-- upgrade/from_0.9.sql, for the tables of an existing installation.

CREATE TABLE elt_catalog.policy (
	relation regclass PRIMARY KEY,
	partition_column text NOT NULL,
	partition_interval interval CHECK (partition_interval > interval '0'),
	partition_epoch text,
	partition_step bigint,
	partition_rows bigint,
	partition_bytes bigint,
	then_by jsonb,
	partition_time_zone text NOT NULL DEFAULT 'UTC',
	partition_premake int NOT NULL DEFAULT 4 CHECK (partition_premake >= 0),
	retain_by text NOT NULL DEFAULT 'data',
	retain interval CHECK (retain > interval '0'),
	retain_action text NOT NULL DEFAULT 'drop',
	retention jsonb,
	archive_server text,
	archive_path text,
	archive_format text,
	archive_table regclass,
	all_view regclass,
	all_query text,
	lock_timeout interval NOT NULL DEFAULT '2 seconds',
	set_by regrole NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.policy IS 'partition interval, premade partitions and retention of tables';
COMMENT ON COLUMN elt_catalog.policy.archive_table IS 'partitioned table of the foreign tables of its archives';
COMMENT ON COLUMN elt_catalog.policy.all_view IS 'view of its rows and of those that left it but are kept';
COMMENT ON COLUMN elt_catalog.policy.all_query IS 'query by which the view was created';
COMMENT ON COLUMN elt_catalog.policy.set_by IS 'maintenance applies the policy while this role has the privileges of the table''s owner';

CREATE TABLE elt_catalog.maintenance_error (
	relation regclass,
	step text NOT NULL,
	first_at timestamptz NOT NULL DEFAULT now(),
	last_at timestamptz NOT NULL DEFAULT now(),
	times bigint NOT NULL DEFAULT 1,
	sqlstate text NOT NULL,
	message text NOT NULL,
	hint text,
	UNIQUE NULLS NOT DISTINCT (relation, step)
);
COMMENT ON TABLE elt_catalog.maintenance_error IS 'maintenance steps that failed last time; not dumped';

CREATE TABLE elt_catalog.partition (
	relation regclass NOT NULL,
	name text NOT NULL,
	lower_bound timestamptz,
	upper_bound timestamptz,
	lower_value bigint,
	upper_value bigint,
	state text NOT NULL CHECK (state IN ('attached', 'detaching', 'detached', 'archived', 'packed', 'dropped')),
	archived_rows bigint,
	archive text,
	changed_at timestamptz NOT NULL DEFAULT now(),
	created_at timestamptz NOT NULL DEFAULT now(),
	part regclass,
	actions text[] NOT NULL DEFAULT '{}',
	action text,
	step text,
	error text,
	held text,
	archived_as regclass,
	compression text,
	PRIMARY KEY (relation, name)
);
CREATE INDEX partition_part ON elt_catalog.partition (relation, part);
CREATE INDEX partition_attached ON elt_catalog.partition (lower_bound) WHERE state = 'attached';
COMMENT ON TABLE elt_catalog.partition IS 'state of each partition that pg_elt created, or removes';
COMMENT ON COLUMN elt_catalog.partition.part IS 'its table; null: dropped';
COMMENT ON COLUMN elt_catalog.partition.archived_as IS 'foreign table of its archive';
COMMENT ON COLUMN elt_catalog.partition.actions IS 'actions of retention that are complete';
COMMENT ON COLUMN elt_catalog.partition.action IS 'action in progress, which the next maintenance continues';
COMMENT ON COLUMN elt_catalog.partition.compression IS 'how it was compressed, as JSON, with the statements that take it back';
COMMENT ON COLUMN elt_catalog.partition.step IS 'last completed step of the action in progress';

CREATE TABLE elt_catalog.maintenance_run (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	partitions_created bigint NOT NULL DEFAULT 0,
	partitions_removed bigint NOT NULL DEFAULT 0,
	rows_deleted bigint NOT NULL DEFAULT 0,
	errors bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE elt_catalog.maintenance_run IS 'history of maintenance, of 90 days; not dumped';

CREATE TABLE elt_catalog.hold (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation regclass NOT NULL,
	from_time timestamptz,
	to_time timestamptz,
	from_value bigint,
	to_value bigint,
	reason text NOT NULL,
	held_by text NOT NULL,
	held_at timestamptz NOT NULL DEFAULT now(),
	released_by text,
	released_at timestamptz
);
CREATE INDEX hold_standing ON elt_catalog.hold (relation) WHERE released_at IS NULL;
COMMENT ON TABLE elt_catalog.hold IS 'time ranges whose rows retention must keep';
