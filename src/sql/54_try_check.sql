-- Checks before they are added: what they would catch, and which ones the data suggests.

CREATE FUNCTION elt.try_check(
	pipeline text,
	expression text,
	samples int DEFAULT 5,
	runs int DEFAULT 0,
	OUT rows_of text,
	OUT rows_checked bigint,
	OUT rows_failed bigint,
	OUT sample_keys jsonb,
	OUT message text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_try_check';
COMMENT ON FUNCTION elt.try_check IS 'count the rows of the target, of its last runs, and of the batch that is staged that would violate an expression, with the keys of some; adds no check';

CREATE FUNCTION elt_catalog.is_unique(relation regclass, column_name text)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $unique$
DECLARE
	result boolean;
BEGIN
	EXECUTE pg_catalog.format('SELECT count(DISTINCT %I) = count(*) FROM %s', column_name, relation) INTO result;
	RETURN result;
END
$unique$;
COMMENT ON FUNCTION elt_catalog.is_unique IS 'whether no two rows have the same value in a column, and none has none';
GRANT EXECUTE ON FUNCTION elt_catalog.is_unique TO elt_admin;

CREATE FUNCTION elt_catalog.known_pipeline(pipeline text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $known$
BEGIN
	IF pipeline IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'pipeline name must not be null';
	ELSIF NOT EXISTS (SELECT FROM elt.pipelines p WHERE p.name OPERATOR(pg_catalog.=) pipeline) THEN
		RAISE undefined_object USING MESSAGE = pg_catalog.format('pipeline "%s" does not exist', pipeline),
			HINT = 'Use SELECT name FROM elt.pipelines to list the pipelines of this database.';
	END IF;
	RETURN pipeline;
END
$known$;
COMMENT ON FUNCTION elt_catalog.known_pipeline IS 'the name of a pipeline; an error when there is none';
GRANT EXECUTE ON FUNCTION elt_catalog.known_pipeline TO elt_admin;

CREATE FUNCTION elt.propose_checks(
	pipeline text,
	OUT check_name text,
	OUT expression text,
	OUT evidence text,
	OUT statement text)
RETURNS SETOF record
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	WITH subject AS (
		SELECT p.name, p.source, p.target, p.key FROM elt.pipelines p WHERE p.name = elt_catalog.known_pipeline(propose_checks.pipeline)
	), landed AS (
		SELECT f.*, f.row_count - f.null_count AS filled, f.data_type ~ '^(smallint|integer|bigint|numeric|real|double)' AS is_number,
			f.data_type ~ '^(text|character)' AS is_text, f.column_name = ANY (s.key) AS is_key, s.target, s.key
		FROM subject s, elt.profile(s.target) f
		WHERE f.row_count >= 100 AND f.null_count < f.row_count
			AND f.column_name IN (SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = s.source AND a.attnum > 0)
	), proposal AS (
		SELECT 1 AS place, l.column_name, 'has_' AS prefix, elt.not_null(l.column_name) AS expression,
			pg_catalog.format('no null in %s rows', l.row_count) AS evidence
		FROM landed l WHERE l.null_count = 0 AND NOT l.is_key
		UNION ALL
		SELECT 2, l.column_name, 'known_', elt.accepted_values(l.column_name,
				(SELECT pg_catalog.array_agg(t ->> 'value' ORDER BY t ->> 'value') FROM pg_catalog.jsonb_array_elements(l.top_values) t)),
			pg_catalog.format('%s values in %s rows', l.distinct_count, l.filled)
		FROM landed l WHERE l.is_text AND l.distinct_method = 'exact' AND l.distinct_count <= 20
			AND l.filled >= 10 * l.distinct_count AND pg_catalog.length(l.max_value) < 60
		UNION ALL
		SELECT 3, l.column_name, 'usual_', elt.in_range(l.column_name,
				CASE WHEN l.min_value::numeric >= 0 THEN '0' ELSE pg_catalog.floor(l.min_value::numeric - r.margin)::text END,
				pg_catalog.ceil(l.max_value::numeric + r.margin)::text),
			pg_catalog.format('%s to %s in %s rows, with half of that range as a margin', l.min_value, l.max_value, l.filled)
		FROM landed l, LATERAL (SELECT (l.max_value::numeric - l.min_value::numeric) / 2 AS margin) r
		WHERE l.is_number AND NOT l.is_key AND l.min_value !~ '[IN]' AND l.max_value !~ '[IN]'
		UNION ALL
		SELECT 4, l.column_name, 'shape_of_', elt.matches(l.column_name, l.pattern),
			pg_catalog.format('all of %s texts', LEAST(l.filled, 10000))
		FROM landed l WHERE l.pattern_share = 1 AND NOT (l.distinct_method = 'exact' AND l.distinct_count <= 20)
		UNION ALL
		SELECT 5, l.column_name, 'past_', elt.not_future(l.column_name), pg_catalog.format('latest of %s is %s', l.filled, l.max_value)
		FROM landed l WHERE CASE WHEN l.data_type ~ '^(date|timestamp)' AND l.max_value !~ 'infinity'
			THEN l.max_value::timestamptz <= pg_catalog.now() ELSE false END
		UNION ALL
		SELECT 6, l.column_name, 'one_', elt.is_unique(ARRAY[l.column_name]), pg_catalog.format('%s different values in %s rows', l.filled, l.row_count)
		FROM landed l WHERE l.null_count = 0 AND l.distinct_count >= 0.9 * l.row_count AND ARRAY[l.column_name] <> l.key AND NOT l.data_type ~ '^(numeric|real|double|date)'
			AND elt_catalog.is_unique(l.target, l.column_name)
	)
	SELECT pg_catalog.left(p.prefix || p.column_name, 63), p.expression, p.evidence,
		pg_catalog.format('SELECT elt.add_check(%L, %L, %L, ''warn'', description => %L);', propose_checks.pipeline,
			pg_catalog.left(p.prefix || p.column_name, 63), p.expression, p.evidence)
	FROM proposal p
	WHERE NOT EXISTS (SELECT FROM elt.checks c WHERE c.pipeline = propose_checks.pipeline AND c.expression = p.expression)
	ORDER BY p.column_name, p.place;
END;
COMMENT ON FUNCTION elt.propose_checks IS 'profile the target and return checks that all of its rows meet, with the evidence and a statement that adds each';
