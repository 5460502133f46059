-- Files of pipelines: the ledger, and functions that change it.

CREATE VIEW elt.files AS
SELECT p.name AS pipeline, f.name, f.size, f.modified, f.checksum, f.state, f.rows, f.rejects, f.first_error,
	f.first_error_line, f.run_id, f.landed_at, f.disposed_at
FROM elt_catalog.file f JOIN elt_catalog.pipeline p ON p.id = f.pipeline_id
ORDER BY p.name, f.name;
COMMENT ON VIEW elt.files IS 'files of the sources of pipelines, and what became of each of them';
COMMENT ON COLUMN elt.files.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.files.name IS 'name relative to the root of the server';
COMMENT ON COLUMN elt.files.size IS 'size in bytes when last listed';
COMMENT ON COLUMN elt.files.modified IS 'time of modification when last listed';
COMMENT ON COLUMN elt.files.checksum IS 'hash of the contents that were read last, 16 hexadecimal digits';
COMMENT ON COLUMN elt.files.state IS 'seen, settling, landed, changed, rejected, gone, disposing or disposed';
COMMENT ON COLUMN elt.files.rows IS 'number of rows of the version that was read last';
COMMENT ON COLUMN elt.files.rejects IS 'number of its records that were rejected';
COMMENT ON COLUMN elt.files.first_error IS 'why it was not loaded, or why its first record was rejected';
COMMENT ON COLUMN elt.files.first_error_line IS 'line on which that record begins, if known';
COMMENT ON COLUMN elt.files.run_id IS 'run that read it last';
COMMENT ON COLUMN elt.files.landed_at IS 'when it last landed';
COMMENT ON COLUMN elt.files.disposed_at IS 'when it was moved or deleted';

CREATE FUNCTION elt.forget_file(pipeline text, name text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_forget_file';
COMMENT ON FUNCTION elt.forget_file IS 'remove a file from the ledger of a pipeline, so that a file of this name is new again; its rows stay; returns the name';

CREATE FUNCTION elt.reload_file(pipeline text, name text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_reload_file';
COMMENT ON FUNCTION elt.reload_file IS 'load a file again in the next run, even if it is unchanged or was rejected; returns the name';
