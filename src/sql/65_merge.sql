-- How staged rows reach their target.

CREATE FUNCTION elt.merge_sql(name text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_merge_sql';
COMMENT ON FUNCTION elt.merge_sql IS 'the statements that elt.merge would run for the staged batch, to read and to EXPLAIN';
