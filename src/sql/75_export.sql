-- Exports: the rows of a query as files.

CREATE FUNCTION elt.export(query text, server name, path text, format text DEFAULT 'parquet',
	partition_by text[] DEFAULT '{}', compression text DEFAULT NULL, if_exists text DEFAULT 'error', verify boolean DEFAULT false,
	encoding text DEFAULT 'delta',
	on_unrepresentable text DEFAULT 'error', compression_level integer DEFAULT NULL, row_group_rows integer DEFAULT 1000000,
	row_group_bytes bigint DEFAULT 67108864,
	OUT file text, OUT rows bigint, OUT bytes bigint, OUT sha256 text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_export';
COMMENT ON FUNCTION elt.export IS 'write the rows of a query or a relation to a file below the root of a server as parquet, csv or jsonl, or with partition_by to files in folders named by those columns; if_exists is error, replace or skip, verify reads the files back first, row_group_rows and row_group_bytes (compressed) bound the row groups of Parquet; returns the files';

CREATE FUNCTION elt.make_archive(relation regclass, server name, path text,
	OUT file text, OUT rows bigint, OUT bytes bigint, OUT sha256 text)
RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_make_archive';
COMMENT ON FUNCTION elt.make_archive IS 'write all rows of a table, sorted by its primary key, to a file below the root of a server, Parquet or if its name ends with .csv.zst CSV, which is published when the rows that are read back from it are the same; returns the file';
