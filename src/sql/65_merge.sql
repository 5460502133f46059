-- How staged rows reach their target.

CREATE FUNCTION elt.merge_sql(name text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_merge_sql';
COMMENT ON FUNCTION elt.merge_sql IS 'the statements that elt.merge would run for the staged batch, to read and to EXPLAIN';

CREATE FUNCTION elt.apply_restatements(name text, fact regclass, sk_column text, time_column text)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_apply_restatements';
COMMENT ON FUNCTION elt.apply_restatements IS 'move facts to the versions of an scd2 dimension that history says now, batch by batch since the last call; returns how many changes of a row were made';
