-- Proposals from a sample.

CREATE FUNCTION elt.infer(
	server name,
	path text DEFAULT '',
	query text DEFAULT NULL,
	params jsonb DEFAULT NULL,
	options jsonb DEFAULT NULL,
	name text DEFAULT NULL,
	OUT part text,
	OUT statement text,
	OUT reason text,
	OUT doubt text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_infer';
COMMENT ON FUNCTION elt.infer IS 'fetch a page, or read the head of a file, and propose statements that declare and load it: server, path or pattern of files, query, params, options of the foreign table, and name of the target; part is server hint, foreign table, child, key, pagination, window, cursor, strategy or pipeline; decisions without a statement are part of others';

CREATE FUNCTION elt.try(
	server name,
	path text DEFAULT '',
	query text DEFAULT NULL,
	params jsonb DEFAULT NULL,
	options jsonb DEFAULT NULL,
	name text DEFAULT NULL,
	max_rows integer DEFAULT 5,
	OUT target text,
	OUT part text,
	OUT item text,
	OUT result text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_try';
COMMENT ON FUNCTION elt.try IS 'declare what elt.infer proposes for the same arguments in a schema of its own, load two pages, and undo all of it; returns for each target what would be there: its counts (table), each column, and at most max_rows each of rows and rejects';
