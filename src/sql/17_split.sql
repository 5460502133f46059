-- Dividing partitions: how far each has come.
CREATE TABLE elt_catalog.split (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation regclass NOT NULL,
	source regclass UNIQUE,
	source_name text NOT NULL,
	source_created_at timestamptz,
	root regclass,
	log regclass,
	groups regclass[] NOT NULL DEFAULT '{}',
	phase text NOT NULL CHECK (phase IN ('make', 'copy', 'attach', 'undo')),
	definition text NOT NULL,
	partition_interval interval,
	partition_step bigint,
	partitions int NOT NULL,
	next_block bigint NOT NULL DEFAULT 0,
	blocks bigint NOT NULL DEFAULT 0,
	rows bigint NOT NULL DEFAULT 0,
	started_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.split IS 'partitions that are being divided, and how far that has come';
COMMENT ON COLUMN elt_catalog.split.source IS 'the partition; null: others have taken its place';
COMMENT ON COLUMN elt_catalog.split.root IS 'partitioned table of the copies, until they take the place of the partition';
COMMENT ON COLUMN elt_catalog.split.log IS 'changes of the partition that are not in the copies yet';
COMMENT ON COLUMN elt_catalog.split.groups IS 'partitioned tables that hold the new partitions until these belong to the table';
COMMENT ON COLUMN elt_catalog.split.next_block IS 'rows of the partition in blocks before it are copied';
