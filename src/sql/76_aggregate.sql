-- Star schema: aggregates of facts, kept as their rows and members change.

CREATE FUNCTION elt.create_aggregate(
	name text,
	fact regclass,
	by text[],
	measures jsonb DEFAULT '{"rows": "count(*)"}',
	replace boolean DEFAULT false)
RETURNS regclass
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_create_aggregate';
COMMENT ON FUNCTION elt.create_aggregate IS 'create a view of the groups of a fact, over a table <name>_groups that is kept in the transaction that changes the fact or its dimensions; by: columns of the fact and attributes of its dimensions; measures: what each column is: count(*), count(x), sum(x), avg(x), min(x), max(x), approx_count_distinct(x), approx_percentile(x, 0.9), count(DISTINCT x), percentile_cont(0.9) WITHIN GROUP (ORDER BY x), percentile_disc; replace: change an aggregate that exists; returns the view';

CREATE FUNCTION elt.drop_aggregate(relation regclass, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_aggregate';
COMMENT ON FUNCTION elt.drop_aggregate IS 'drop the view and the table of an aggregate; returns its name';

CREATE FUNCTION elt.verify_aggregate(
	relation regclass,
	OUT key jsonb,
	OUT kept jsonb,
	OUT recomputed jsonb)
RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 10
AS 'MODULE_PATHNAME', 'elt_verify_aggregate';
COMMENT ON FUNCTION elt.verify_aggregate IS 'compute an aggregate again from the rows of its fact, and return the groups that differ: what is kept and what was computed, null for a group that only the other has';

CREATE VIEW elt.aggregates AS
SELECT a.relation, a.fact, a.by_columns,
	(SELECT jsonb_object_agg(m.name, m.expression) FROM elt_catalog.aggregate_measure m WHERE m.aggregate = a.relation) AS measures,
	a.stored, a.created_by
FROM elt_catalog.aggregate a JOIN pg_catalog.pg_class c ON c.oid = a.relation
ORDER BY c.oid;
COMMENT ON VIEW elt.aggregates IS 'aggregates of facts that pg_elt created and keeps';
COMMENT ON COLUMN elt.aggregates.relation IS 'what is queried';
COMMENT ON COLUMN elt.aggregates.fact IS 'fact whose rows are aggregated';
COMMENT ON COLUMN elt.aggregates.by_columns IS 'columns of the fact, and attributes of its dimensions, whose values are a group';
COMMENT ON COLUMN elt.aggregates.measures IS 'what each further column is';
COMMENT ON COLUMN elt.aggregates.stored IS 'table with a row for each group';
COMMENT ON COLUMN elt.aggregates.created_by IS 'role with whose privileges it is kept';
