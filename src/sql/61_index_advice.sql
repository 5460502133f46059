-- Indexes that nothing uses, that others make needless, and that queries lack.

CREATE VIEW elt_catalog.table_index AS
SELECT i.indexrelid, i.indrelid, coalesce(h.inhparent, i.indexrelid) AS root,
	i.indisunique OR i.indisprimary OR i.indisexclusion OR i.indisreplident AS is_needed,
	i.indkey::int2[] AS keys, i.indnkeyatts AS nkeys, i.indclass::oid[] AS classes,
	i.indcollation::oid[] AS collations, i.indoption::int2[] AS options,
	coalesce(i.indexprs::text, '') || '/' || coalesce(i.indpred::text, '') AS expressions,
	c.relam, pg_relation_size(i.indexrelid) AS bytes, s.idx_scan
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
WHERE i.indisvalid;
GRANT SELECT ON elt_catalog.table_index TO elt_admin;
COMMENT ON VIEW elt_catalog.table_index IS 'indexes, with that of the partitioned table to which they belong';

-- number is the place of a query that the caller has given; a notice says why it is passed over.
CREATE FUNCTION elt_catalog.filters_of(relation regclass, query text, number bigint)
RETURNS TABLE (column_name name, is_equality boolean, selectivity double precision)
LANGUAGE plpgsql VOLATILE
AS $filters$
DECLARE
	arguments int;
	query_plan jsonb;
	mode text := pg_catalog.current_setting('plan_cache_mode');
	fault text;
BEGIN
	IF (query ~* '^\s*(select|with|update|delete|insert|merge)\M' AND query !~ ';\s*\S') IS NOT TRUE THEN
		IF number IS NOT NULL THEN
			RAISE NOTICE 'query % was passed over: it is not one SELECT, INSERT, UPDATE, DELETE or MERGE', number
				USING DETAIL = pg_catalog.concat('Query: ', query);
		END IF;
		RETURN;
	END IF;
	arguments := coalesce((SELECT max(m[1]::int) FROM pg_catalog.regexp_matches(query, '\$(\d+)', 'g') m), 0);
	BEGIN
		PERFORM pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true);
		EXECUTE 'PREPARE elt_index_advice AS ' || query;
		EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE elt_index_advice' || CASE WHEN arguments > 0 THEN
			'(' || pg_catalog.array_to_string(pg_catalog.array_fill('NULL'::text, ARRAY[arguments]), ', ') || ')' ELSE '' END
			INTO query_plan;
		DEALLOCATE elt_index_advice;
	EXCEPTION WHEN OTHERS THEN
		fault := SQLERRM;
		IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name = 'elt_index_advice') THEN
			DEALLOCATE elt_index_advice;
		END IF;
		PERFORM pg_catalog.set_config('plan_cache_mode', mode, true);
		IF number IS NOT NULL THEN
			RAISE NOTICE 'query % was passed over: %', number, fault USING DETAIL = pg_catalog.concat('Query: ', query);
		END IF;
		RETURN;
	END;
	PERFORM pg_catalog.set_config('plan_cache_mode', mode, true);
	RETURN QUERY
	SELECT DISTINCT ON (a.attname) a.attname, f.filter ~ (m.name || '(::[a-z ]+)?\)? = '),
		(n.node->>'Plan Rows')::float8 / greatest(c.reltuples, 1)
	FROM pg_catalog.jsonb_path_query(query_plan, 'strict $.**?(@."Node Type" == "Seq Scan")') AS n(node)
	JOIN pg_catalog.pg_class c ON c.relname = n.node->>'Relation Name'
	JOIN (SELECT relation AS relid UNION SELECT t.relid FROM pg_catalog.pg_partition_tree(relation) t) t ON t.relid = c.oid
	CROSS JOIN LATERAL (SELECT n.node->>'Filter') AS f(filter)
	JOIN pg_catalog.pg_attribute a ON a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
	CROSS JOIN LATERAL (SELECT '\(+' || pg_catalog.regexp_replace(pg_catalog.quote_ident(a.attname), '(\W)', '\\\1', 'g')) AS m(name)
	WHERE f.filter ~ (m.name || '(::[a-z ]+)?\)? (=|<|>|<=|>=) ')
	ORDER BY a.attname, 2 DESC;
END
$filters$;
GRANT EXECUTE ON FUNCTION elt_catalog.filters_of TO elt_admin;
COMMENT ON FUNCTION elt_catalog.filters_of IS 'columns of a table by which the plan of a query filters a sequential scan of it';

CREATE FUNCTION elt_catalog.own_queries(relation regclass)
RETURNS SETOF text
LANGUAGE plpgsql STABLE
AS $queries$
DECLARE
	place text := (SELECT extnamespace::regnamespace::text FROM pg_catalog.pg_extension WHERE extname = 'pg_stat_statements');
BEGIN
	IF place IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY EXECUTE pg_catalog.format('SELECT query FROM %s.pg_stat_statements WHERE userid = $1::regrole AND dbid = '
		'(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND pg_catalog.strpos(query, $2) > 0 '
		'ORDER BY total_exec_time DESC LIMIT 200', place)
		USING pg_catalog.quote_ident(current_user), (SELECT relname FROM pg_catalog.pg_class WHERE oid = relation);
END
$queries$;
GRANT EXECUTE ON FUNCTION elt_catalog.own_queries TO elt_admin;
COMMENT ON FUNCTION elt_catalog.own_queries IS 'queries of the caller that name a table, as pg_stat_statements knows them: planning those of others would run their functions';

CREATE FUNCTION elt.index_advice(
	relation regclass,
	queries text[] DEFAULT NULL,
	OUT advice text,
	OUT index text,
	OUT bytes bigint,
	OUT reason text,
	OUT statement text)
RETURNS SETOF record
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	WITH mine AS (SELECT i.* FROM elt_catalog.table_index i
		WHERE i.indrelid = relation OR i.indrelid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(relation) t)),
	whole AS (SELECT m.root, bool_or(m.is_needed) AS is_needed, sum(m.bytes)::bigint AS bytes, coalesce(sum(m.idx_scan), 0) AS scans
		FROM mine m GROUP BY m.root),
	asked AS (SELECT f.column_name, f.is_equality, f.selectivity, q.n
		FROM (SELECT q.query, q.n, q.n AS number FROM unnest(queries) WITH ORDINALITY AS q(query, n)
			UNION ALL SELECT o.query, row_number() OVER (), NULL FROM elt_catalog.own_queries(relation) AS o(query) WHERE queries IS NULL) q,
			elt_catalog.filters_of(relation, q.query, q.number) f),
	wanted AS (SELECT array_agg(a.column_name ORDER BY a.column_name) FILTER (WHERE a.is_equality)
			|| (array_agg(a.column_name ORDER BY a.column_name) FILTER (WHERE NOT a.is_equality))[1:1] AS columns
		FROM asked a GROUP BY a.n HAVING min(a.selectivity) < 0.05)
	SELECT 'unused', w.root::regclass::text, w.bytes, 'no scan has used it since statistics were reset',
		format('DROP INDEX %s', w.root::regclass)
	FROM whole w WHERE w.scans = 0 AND NOT w.is_needed
	UNION ALL
	SELECT 'doubled', a.indexrelid::regclass::text, wa.bytes, format('index %s begins with the same columns', b.indexrelid::regclass),
		format('DROP INDEX %s', a.indexrelid::regclass)
	FROM mine a JOIN mine b ON a.indrelid = relation AND b.indrelid = relation AND a.indexrelid <> b.indexrelid
		AND a.relam = b.relam AND a.expressions = b.expressions AND a.nkeys <= b.nkeys
		AND a.keys[0:a.nkeys - 1] = b.keys[0:a.nkeys - 1] AND a.classes[0:a.nkeys - 1] = b.classes[0:a.nkeys - 1]
		AND a.collations[0:a.nkeys - 1] = b.collations[0:a.nkeys - 1] AND a.options[0:a.nkeys - 1] = b.options[0:a.nkeys - 1]
		AND (a.nkeys < b.nkeys OR b.is_needed OR a.indexrelid > b.indexrelid)
		AND array_length(a.keys, 1) = a.nkeys
	JOIN whole wa ON wa.root = a.indexrelid
	WHERE NOT a.is_needed
	UNION ALL
	SELECT 'missing', NULL, (SELECT sum(greatest(c.reltuples, 0)) FROM pg_catalog.pg_class c WHERE c.relkind = 'r'
			AND (c.oid = relation OR c.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(relation) t)))::bigint
			* (20 + (SELECT sum(coalesce((SELECT max(s.avg_width) FROM pg_catalog.pg_stats s JOIN pg_catalog.pg_class c ON c.relname = s.tablename
				JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = s.schemaname
				WHERE c.oid = relation AND s.attname = u.c), 8))
				FROM unnest(w.columns) AS u(c))), format('%s a scan of the whole table by these columns',
			CASE count(*) WHEN 1 THEN '1 query filters' ELSE count(*) || ' queries filter' END),
		format('CREATE INDEX ON %s (%s)', relation, (SELECT string_agg(quote_ident(c), ', ' ORDER BY n) FROM unnest(w.columns) WITH ORDINALITY u(c, n)))
	FROM wanted w GROUP BY w.columns;
END;
COMMENT ON FUNCTION elt.index_advice IS 'indexes of a table that are unused, doubled by others, or missing for these queries (null: those of the caller in pg_stat_statements), with their size, for missing ones an estimate, and the statement that removes or creates them; changes nothing';
