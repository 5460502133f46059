-- Exports: the rows of a query as files.

CREATE FUNCTION elt.export(query text, server name, path text, format text DEFAULT 'parquet',
	compression text DEFAULT NULL, if_exists text DEFAULT 'error', encoding text DEFAULT 'delta',
	on_unrepresentable text DEFAULT 'error',
	OUT file text, OUT rows bigint, OUT bytes bigint, OUT sha256 text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_export';
COMMENT ON FUNCTION elt.export IS 'write the rows of a query or a relation to a file below the root of a server, as parquet, csv or jsonl; returns the file';
