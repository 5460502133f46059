-- Star schema: its description as a diagram, as tables, and as sources of dbt.

CREATE VIEW elt_catalog.star_column AS
SELECT s.relation, s.is_fact, n.nspname::text AS schema, c.relname::text AS name,
	obj_description(c.oid, 'pg_class') AS relation_comment, a.attnum AS position, a.attname::text AS column_name,
	format_type(a.atttypid, a.atttypmod) AS type, col_description(c.oid, a.attnum) AS comment,
	dn.nspname::text AS other_schema, d.relname::text AS other, k.dimension_column AS other_column,
	CASE WHEN NOT s.is_fact AND a.attnum = 1 THEN 'PK' WHEN k.dimension IS NOT NULL AND NOT k.is_durable THEN 'FK' END AS key
FROM (SELECT relation, true AS is_fact FROM elt.facts UNION ALL SELECT relation, false FROM elt.dimensions) s
JOIN pg_catalog.pg_class c ON c.oid = s.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN elt.star_keys k ON k.fact = s.relation AND k.key_column = a.attname AND s.is_fact
LEFT JOIN pg_catalog.pg_class d ON d.oid = k.dimension
LEFT JOIN pg_catalog.pg_namespace dn ON dn.oid = d.relnamespace;
COMMENT ON VIEW elt_catalog.star_column IS 'columns of facts and dimensions, with the dimension that a key refers to';
GRANT SELECT ON elt_catalog.star_column TO elt_admin, elt_operator, elt_reader;

CREATE FUNCTION elt_catalog.star_mermaid_name(name text)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN '"' || translate(name, E'"%\\\n', E'\'___') || '"';
COMMENT ON FUNCTION elt_catalog.star_mermaid_name IS 'a name as a diagram takes it: without quotes, percent signs, backslashes and line ends';

CREATE FUNCTION elt_catalog.star_mermaid(schema_name text)
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT concat_ws(E'\n', 'erDiagram',
		(SELECT string_agg(format(E'\t%s {\n%s\n\t}', elt_catalog.star_mermaid_name(e.name), e.columns), E'\n'
				ORDER BY NOT e.is_fact, e.name)
			FROM (SELECT c.name, c.is_fact, string_agg(concat_ws(' ', E'\t\t' || regexp_replace(c.type, '\W+', '_', 'g'),
						regexp_replace(c.column_name, '\W+', '_', 'g'), c.key,
						'"' || translate(c.comment, E'"\n', E'\' ') || '"'), E'\n' ORDER BY c.position) AS columns
				FROM elt_catalog.star_column c WHERE c.schema = schema_name GROUP BY c.relation, c.name, c.is_fact) e),
		(SELECT string_agg(format(E'\t%s }o--|| %s : %s', elt_catalog.star_mermaid_name(c.name),
				elt_catalog.star_mermaid_name(c.other), elt_catalog.star_mermaid_name(c.column_name)), E'\n'
				ORDER BY c.name, c.position)
			FROM elt_catalog.star_column c WHERE c.schema = schema_name AND c.key = 'FK'));
END;
COMMENT ON FUNCTION elt_catalog.star_mermaid IS 'the facts and dimensions of a schema as an entity-relationship diagram';

CREATE FUNCTION elt_catalog.star_markdown_cell(value text)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN replace(translate(value, E'\n', ' '), '|', '\|');
COMMENT ON FUNCTION elt_catalog.star_markdown_cell IS 'text within a row of a table';

CREATE FUNCTION elt_catalog.star_markdown(schema_name text)
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT string_agg(format(E'## %s\n\n%s\n\n| column | type | refers to | meaning |\n|---|---|---|---|\n%s\n', e.name,
		e.relation_comment, e.columns), E'\n' ORDER BY NOT e.is_fact, e.name)
	FROM (SELECT c.name, c.is_fact, c.relation_comment,
			string_agg(format('| %s | %s | %s | %s |', elt_catalog.star_markdown_cell(c.column_name), c.type,
				elt_catalog.star_markdown_cell(c.other), elt_catalog.star_markdown_cell(c.comment)), E'\n' ORDER BY c.position) AS columns
		FROM elt_catalog.star_column c WHERE c.schema = schema_name
		GROUP BY c.relation, c.name, c.is_fact, c.relation_comment) e;
END;
COMMENT ON FUNCTION elt_catalog.star_markdown IS 'the facts and dimensions of a schema as tables of their columns';

CREATE FUNCTION elt_catalog.star_dbt(schema_name text)
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT format(E'version: 2\nsources:\n  - name: %s\n    schema: %1$s\n    tables:\n%s\n', to_json(schema_name),
		string_agg(format(E'      - name: %s\n        description: %s\n        columns:\n%s', to_json(e.name),
			to_json(e.relation_comment), e.columns), E'\n' ORDER BY NOT e.is_fact, e.name))
	FROM (SELECT c.name, c.is_fact, c.relation_comment,
			string_agg(concat_ws(E'\n', format('          - name: %s', to_json(c.column_name)),
				format('            description: %s', to_json(c.comment)),
				CASE c.key WHEN 'PK' THEN E'            tests: [not_null, unique]'
					WHEN 'FK' THEN format(E'            tests:\n              - not_null\n              - relationships:\n'
						'                  to: source(%s, %s)\n                  field: %s', to_json(c.other_schema),
						to_json(c.other), to_json(c.other_column)) END), E'\n' ORDER BY c.position) AS columns
		FROM elt_catalog.star_column c WHERE c.schema = schema_name
		GROUP BY c.relation, c.name, c.is_fact, c.relation_comment) e;
END;
COMMENT ON FUNCTION elt_catalog.star_dbt IS 'the facts and dimensions of a schema as a sources.yml of dbt';

CREATE FUNCTION elt_catalog.star_format_unknown(format text)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
	RAISE invalid_parameter_value USING MESSAGE = pg_catalog.format('format "%s" is not supported', format),
		HINT = 'Specify mermaid, markdown or dbt.';
END
$$;
COMMENT ON FUNCTION elt_catalog.star_format_unknown IS 'error of elt.describe_star';

CREATE FUNCTION elt.describe_star(schema regnamespace, format text DEFAULT 'mermaid')
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE format
		WHEN 'mermaid' THEN elt_catalog.star_mermaid(n.nspname::text)
		WHEN 'markdown' THEN elt_catalog.star_markdown(n.nspname::text)
		WHEN 'dbt' THEN elt_catalog.star_dbt(n.nspname::text)
		ELSE elt_catalog.star_format_unknown(format) END
	FROM pg_catalog.pg_namespace n WHERE n.oid = schema;
END;
COMMENT ON FUNCTION elt.describe_star IS 'return the facts and dimensions of a schema as mermaid (an entity-relationship diagram), markdown (tables of columns) or dbt (a sources.yml)';
