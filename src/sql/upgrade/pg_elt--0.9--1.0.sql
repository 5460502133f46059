\echo Use "ALTER EXTENSION pg_elt UPDATE TO '1.0'" to load this file. \quit

-- What is staged was staged by the old version: the next pull stages it again.
TRUNCATE elt_catalog.staged_batch, elt_catalog.staged_slice, elt_catalog.staged_reject,
	elt_catalog.staged_check;

-- Definitions, state and history.

ALTER TABLE elt_catalog.home ADD database oid;
UPDATE elt_catalog.home
SET database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database());
ALTER TABLE elt_catalog.home ALTER database SET NOT NULL;
COMMENT ON COLUMN elt_catalog.home.database IS 'OID that this database had; another one says that it is a copy of that database';
COMMENT ON COLUMN elt_catalog.home.restored_at IS 'when pipelines came with a dump or a copy; null again when one is resumed';

ALTER TABLE elt_catalog.run
	ADD rows_refused bigint NOT NULL DEFAULT 0,
	DROP max_event_time,
	DROP wal_lsn,
	DROP CONSTRAINT rows_add_up;
ALTER TABLE elt_catalog.run
	ADD CONSTRAINT rows_add_up CHECK (rows_read = rows_inserted + rows_updated + rows_unchanged
		+ rows_deleted + rows_stale + rows_duplicate + rows_quarantined + rows_dropped
		+ rows_refused);
COMMENT ON COLUMN elt_catalog.run.rows_refused IS 'rows of a batch that was refused as a whole: staged, not merged';

COMMENT ON COLUMN elt_catalog.slice.complete IS 'the window had ended, publication delay included, when it was asked; without windows: all of it has come';

ALTER TABLE elt_catalog.staged_batch DROP staged_at;
ALTER TABLE elt_catalog.staged_slice RENAME page_token TO position;
COMMENT ON COLUMN elt_catalog.staged_slice.position IS 'of the last page whose rows are in it: where the source goes on, in its own words';

ALTER TABLE elt_catalog.check_rule DROP options;

-- Pipelines.

DROP VIEW elt.runs;
CREATE VIEW elt.runs AS
SELECT r.id AS run_id, p.name AS pipeline, r.kind, r.state, r.origin, r.attempt, r.enqueued_at,
	r.started_at, r.finished_at, coalesce(r.finished_at, clock_timestamp()) - r.started_at AS duration,
	r.pid, r.window_from, r.window_to, r.batches, r.slices_landed,
	r.slices_unchanged, r.slices_not_yet, r.slices_failed, r.requests, r.bytes, r.rows_read,
	r.rows_inserted, r.rows_updated, r.rows_unchanged, r.rows_deleted, r.rows_stale, r.rows_duplicate,
	r.rows_conflicting, r.rows_quarantined,
	r.rows_dropped, r.rows_refused, r.rows_held, r.rows_removed, r.partitions, r.sqlstate, r.error, r.detail, r.hint
FROM elt_catalog.run r JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
ORDER BY r.id;
COMMENT ON VIEW elt.runs IS 'every run with its state, counts and error, oldest first';

-- Privileges.

GRANT SELECT ON ALL TABLES IN SCHEMA elt TO elt_admin, elt_operator, elt_reader;

SELECT elt_catalog.wake();
