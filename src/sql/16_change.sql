-- Change logs of targets, and who reads them; truncations that events of change tell of.

CREATE TABLE elt_catalog.change_log (
	relation regclass PRIMARY KEY,
	log regclass NOT NULL,
	commits regclass NOT NULL,
	numbers regclass NOT NULL,
	changes regclass NOT NULL,
	as_of text,
	key text[] NOT NULL,
	tombstones boolean NOT NULL,
	started_at timestamptz NOT NULL
);
COMMENT ON TABLE elt_catalog.change_log IS 'targets whose changes are logged';
COMMENT ON COLUMN elt_catalog.change_log.log IS 'table with the rows before and after each change';
COMMENT ON COLUMN elt_catalog.change_log.commits IS 'table with the times at which transactions committed';
COMMENT ON COLUMN elt_catalog.change_log.numbers IS 'sequence of the numbers of changes';
COMMENT ON COLUMN elt_catalog.change_log.changes IS 'view of the changes';
COMMENT ON COLUMN elt_catalog.change_log.as_of IS 'name of the function for rows as of a time; null: there is none';
COMMENT ON COLUMN elt_catalog.change_log.key IS 'columns that identify a row; none: rows are compared as a whole';
COMMENT ON COLUMN elt_catalog.change_log.tombstones IS 'rows with _deleted are gone for readers of changes';

CREATE TABLE elt_catalog.consumer (
	name text PRIMARY KEY CHECK (name <> ''),
	relation regclass NOT NULL REFERENCES elt_catalog.change_log,
	position bigint NOT NULL,
	owner regrole NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	advanced_at timestamptz
);
CREATE INDEX consumer_relation ON elt_catalog.consumer (relation);
COMMENT ON TABLE elt_catalog.consumer IS 'readers of changes, whose positions retention waits for';
COMMENT ON COLUMN elt_catalog.consumer.position IS 'number of the last change that was read';

-- Events of change: truncations, which older rows may come after.
CREATE TABLE elt_catalog.truncated (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	told text NOT NULL
);
COMMENT ON TABLE elt_catalog.truncated IS 'truncations of the table whose events a pipeline reads';
COMMENT ON COLUMN elt_catalog.truncated.told IS 'what its event says, as a row of the source that is a delete without a key';
CREATE INDEX truncated_pipeline ON elt_catalog.truncated (pipeline_id);
