-- Star schema: dimensions over sources, facts, and whether they add up.

CREATE FUNCTION elt.star_changed() RETURNS trigger
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_star_changed';
COMMENT ON FUNCTION elt.star_changed IS 'trigger function on the sources of dimensions and facts, which keeps these right; the functions that create them create the triggers';

CREATE FUNCTION elt.create_dimension(
	name text,
	source regclass,
	natural_key text[],
	attributes text[] DEFAULT NULL,
	type int DEFAULT NULL,
	mapping regclass DEFAULT NULL,
	distinct_values boolean DEFAULT false,
	hierarchies jsonb DEFAULT NULL,
	valid_when text DEFAULT NULL,
	valid_from text DEFAULT 'valid_from',
	valid_to text DEFAULT 'valid_to',
	replace boolean DEFAULT false,
	cascade boolean DEFAULT false)
RETURNS regclass
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_create_dimension';
COMMENT ON FUNCTION elt.create_dimension IS 'create views <name> and <name>_current of the members in a source, over a table <name>_members with surrogate keys; attributes: null is all other columns; type: 1 newest values, 2 all versions, 6 both, null is 2 for a target of strategy scd2 and else 1; mapping, distinct_values: the members are the distinct values of natural_key, with attributes from the mapping; hierarchies: columns from the finest level to the coarsest; valid_when: condition on the natural key; valid_from, valid_to: columns of a history; replace: change a dimension that exists; cascade: of attributes that it then has no more, drop what depends on them; returns the view';

CREATE FUNCTION elt.create_role_dimension(name text, relation regclass)
RETURNS regclass
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_create_role_dimension';
COMMENT ON FUNCTION elt.create_role_dimension IS 'create a view of a dimension in another role, such as the date of shipment beside that of the order; its key is named by the view; returns the view';

CREATE FUNCTION elt.create_fact(
	name text,
	source regclass,
	grain text[],
	dimensions jsonb DEFAULT '{}',
	dates jsonb DEFAULT '{}',
	measures text[] DEFAULT '{}',
	semi_additive text[] DEFAULT '{}',
	non_additive text[] DEFAULT '{}',
	units jsonb DEFAULT '{}',
	degenerate text[] DEFAULT '{}',
	kind text DEFAULT 'transaction',
	as_of text DEFAULT NULL,
	store_keys boolean DEFAULT false,
	infer_members boolean DEFAULT NULL,
	day_zone text DEFAULT 'UTC',
	replace boolean DEFAULT false)
RETURNS regclass
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_create_fact';
COMMENT ON FUNCTION elt.create_fact IS 'create views <name>, the rows of a source with the keys of their dimensions, and <name>_asof, with attributes; grain: columns that identify a row; dimensions, dates: the columns that lead to each dimension; measures: additive ones; units: of measures; degenerate: further columns; kind: transaction, periodic_snapshot, accumulating_snapshot or factless; as_of: column with the time of the event, null is the first date; store_keys: keep the keys in a table <name>_rows; infer_members: add members that facts name first, null is whether the source is a table; day_zone: time zone of the days; replace: change a fact that exists; returns the view';

CREATE FUNCTION elt.drop_fact(relation regclass, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_fact';
COMMENT ON FUNCTION elt.drop_fact IS 'drop the views and the table of a fact; returns its name';

CREATE FUNCTION elt.rebuild_star(relation regclass DEFAULT NULL, schema regnamespace DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_rebuild_star';
COMMENT ON FUNCTION elt.rebuild_star IS 'build a dimension, a fact with its aggregates, or an aggregate again from its source, as for a source that is a view; schema: all that is in it; null in both: all; surrogate keys of members stay, and readers see the old rows or the new ones; returns the number of rows written';

CREATE VIEW elt.facts AS
SELECT f.relation, f.kind, f.source, f.stored, f.as_of, f.grain, f.degenerate,
	(SELECT jsonb_object_agg(r.dimension::text, r.columns) FROM elt_catalog.fact_dimension r WHERE r.fact = f.relation) AS dimensions,
	(SELECT jsonb_object_agg(m.name, jsonb_strip_nulls(jsonb_build_object('additivity', m.additivity, 'unit', m.unit)))
		FROM elt_catalog.fact_measure m WHERE m.fact = f.relation) AS measures,
	f.event_time, f.day_zone, f.infers, f.created_by
FROM elt_catalog.fact f JOIN pg_catalog.pg_class c ON c.oid = f.relation
ORDER BY c.oid;
COMMENT ON VIEW elt.facts IS 'facts that pg_elt created';
COMMENT ON COLUMN elt.facts.relation IS 'what is queried';
COMMENT ON COLUMN elt.facts.kind IS 'transaction, periodic_snapshot, accumulating_snapshot or factless';
COMMENT ON COLUMN elt.facts.source IS 'table or view with the rows';
COMMENT ON COLUMN elt.facts.stored IS 'table with the rows and their keys; null: the view looks keys up';
COMMENT ON COLUMN elt.facts.as_of IS 'view with the attributes of the dimensions as of the event';
COMMENT ON COLUMN elt.facts.grain IS 'columns that identify a row';
COMMENT ON COLUMN elt.facts.degenerate IS 'further columns of the source';
COMMENT ON COLUMN elt.facts.dimensions IS 'columns of the source that lead to each dimension';
COMMENT ON COLUMN elt.facts.measures IS 'over what each measure may be summed, and its unit';
COMMENT ON COLUMN elt.facts.event_time IS 'column with the time as of which histories are read';
COMMENT ON COLUMN elt.facts.day_zone IS 'time zone of the days';
COMMENT ON COLUMN elt.facts.infers IS 'members that facts name and dimensions lack are added';
COMMENT ON COLUMN elt.facts.created_by IS 'role with whose privileges it is kept';

CREATE VIEW elt.dimensions AS
SELECT d.relation, d.kind, coalesce(d.type, b.type) AS type, d.source, d.derived_from, d.base, d.newest, d.stored,
	d.natural_key, d.attributes, d.hierarchies, d.fiscal_start_month, d.calendar, d.locale, d.step, d.created_by
FROM elt_catalog.dimension d JOIN pg_catalog.pg_class c ON c.oid = d.relation
LEFT JOIN elt_catalog.dimension b ON b.relation = d.base
ORDER BY c.oid;
COMMENT ON VIEW elt.dimensions IS 'dimensions that pg_elt created';
COMMENT ON COLUMN elt.dimensions.relation IS 'what is queried';
COMMENT ON COLUMN elt.dimensions.kind IS 'date, time, source or role';
COMMENT ON COLUMN elt.dimensions.type IS '1: the newest values; 2: all versions; 6: both beside each other';
COMMENT ON COLUMN elt.dimensions.source IS 'table or view with the attributes';
COMMENT ON COLUMN elt.dimensions.derived_from IS 'relation whose distinct values are members';
COMMENT ON COLUMN elt.dimensions.base IS 'of a role: the dimension whose members it has';
COMMENT ON COLUMN elt.dimensions.newest IS 'view with the newest version of each member';
COMMENT ON COLUMN elt.dimensions.stored IS 'table with the members';
COMMENT ON COLUMN elt.dimensions.natural_key IS 'columns by which the source knows a member';
COMMENT ON COLUMN elt.dimensions.attributes IS 'columns that a member has from its source';
COMMENT ON COLUMN elt.dimensions.hierarchies IS 'columns of each hierarchy, from the finest level to the coarsest';
COMMENT ON COLUMN elt.dimensions.fiscal_start_month IS 'first month of the fiscal year';
COMMENT ON COLUMN elt.dimensions.calendar IS 'calendar of its holidays; null: none';
COMMENT ON COLUMN elt.dimensions.locale IS 'language of the names of days and months';
COMMENT ON COLUMN elt.dimensions.step IS 'step between two times';
COMMENT ON COLUMN elt.dimensions.created_by IS 'role with whose privileges it is kept';

CREATE FUNCTION elt_catalog.star_status(
	OUT relation regclass,
	OUT dimension regclass,
	OUT state text,
	OUT rows bigint,
	OUT newest_event timestamptz,
	OUT detail text)
RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 20
AS 'MODULE_PATHNAME', 'elt_star_status';
COMMENT ON FUNCTION elt_catalog.star_status IS 'counts of rows by what they wait for, of all facts and dimensions';
GRANT EXECUTE ON FUNCTION elt_catalog.star_status TO elt_admin, elt_operator, elt_reader;

CREATE VIEW elt.star_status AS
SELECT s.relation, s.dimension, s.state, s.rows, s.newest_event,
	(SELECT max(t.finished_at) FROM elt_catalog.pipeline p
		JOIN elt_catalog.run t ON t.pipeline_id = coalesce(p.root_id, p.id) AND t.state = 'succeeded'
		WHERE p.target = coalesce(f.source, d.source, d.derived_from)) AS landed_at,
	s.detail
FROM elt_catalog.star_status() s
LEFT JOIN elt_catalog.fact f ON f.relation = s.relation
LEFT JOIN elt_catalog.dimension d ON d.relation = s.relation;
COMMENT ON VIEW elt.star_status IS 'what in the facts and dimensions waits for what; it reads them all';
COMMENT ON COLUMN elt.star_status.relation IS 'fact, dimension or aggregate';
COMMENT ON COLUMN elt.star_status.dimension IS 'dimension whose key is meant; null: the relation itself';
COMMENT ON COLUMN elt.star_status.state IS 'rows or members: all of them; of a fact: missing, invalid, unknown, no version, no time, orphan, inferred, repeated grain; of a dimension: inferred, deleted, null natural key, repeated natural key, overlapping versions, several parents, no column; of an aggregate: no fact';
COMMENT ON COLUMN elt.star_status.rows IS 'number of rows in that state';
COMMENT ON COLUMN elt.star_status.newest_event IS 'greatest time of an event in a fact';
COMMENT ON COLUMN elt.star_status.landed_at IS 'when the pipeline of the source landed last';
COMMENT ON COLUMN elt.star_status.detail IS 'what the state means';

CREATE FUNCTION elt.verify_star(
	relation regclass DEFAULT NULL,
	OUT fact regclass,
	OUT dimension regclass,
	OUT measure text,
	OUT total numeric,
	OUT by_dimension numeric,
	OUT agrees boolean)
RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 20
AS 'MODULE_PATHNAME', 'elt_verify_star';
COMMENT ON FUNCTION elt.verify_star IS 'compare, for a fact or all facts and each dimension, the number of rows (measure is null) and the sum of each measure in the source with the sum over the members of the dimension; measures that are never to be summed as well';

CREATE VIEW elt.star_keys AS
SELECT f.relation AS fact, k.attname::text AS key_column, r.dimension, p.attname::text AS dimension_column,
	p.attnum = 2 AS is_durable, f.stored IS NOT NULL AND p.attnum = 1 AS is_enforced
FROM elt_catalog.fact f
JOIN elt_catalog.fact_dimension r ON r.fact = f.relation
JOIN elt.dimensions d ON d.relation = r.dimension
JOIN pg_catalog.pg_attribute k ON k.attrelid = f.relation AND k.attnum > 0 AND NOT k.attisdropped
JOIN pg_catalog.pg_attribute p ON p.attrelid = r.dimension AND p.attname = k.attname
	AND (p.attnum = 1 OR p.attnum = 2 AND d.type > 1)
ORDER BY f.relation::text, r.position, k.attnum;
COMMENT ON VIEW elt.star_keys IS 'how facts refer to dimensions: the foreign keys of a star, enforced or not';
COMMENT ON COLUMN elt.star_keys.fact IS 'fact';
COMMENT ON COLUMN elt.star_keys.key_column IS 'its column';
COMMENT ON COLUMN elt.star_keys.dimension IS 'dimension that it refers to';
COMMENT ON COLUMN elt.star_keys.dimension_column IS 'column of the dimension';
COMMENT ON COLUMN elt.star_keys.is_durable IS 'the key of a member, the same for all its versions; it is unique in the view of newest versions';
COMMENT ON COLUMN elt.star_keys.is_enforced IS 'a foreign key of the stored table; otherwise the view itself gives each row a key that exists';
