-- Builders of measures for elt.add_batch_check: each returns the text that one could write.

CREATE FUNCTION elt.row_count()
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN 'count(*)';
COMMENT ON FUNCTION elt.row_count IS 'measure for elt.add_batch_check: number of rows';

CREATE FUNCTION elt.null_ratio(column_name text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('avg((%I IS NULL)::int)', column_name);
COMMENT ON FUNCTION elt.null_ratio IS 'measure for elt.add_batch_check: share of rows that are null in a column, from 0 to 1';

CREATE FUNCTION elt.duplicates(column_names text[])
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('count(*) - count(DISTINCT (%s))', elt_catalog.quoted_names(column_names));
COMMENT ON FUNCTION elt.duplicates IS 'measure for elt.add_batch_check: number of rows whose values in the columns occur before';

CREATE FUNCTION elt.freshness(column_name text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('extract(epoch FROM now() - max(%I))', column_name);
COMMENT ON FUNCTION elt.freshness IS 'measure for elt.add_batch_check: seconds since the latest time in a column';

CREATE FUNCTION elt.gaps(time_column text, step interval, key_columns text[] DEFAULT '{}')
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('(SELECT count(*) FROM (SELECT lead(%1$I) OVER (%3$sORDER BY %1$I) > %1$I + interval %2$L AS gap FROM batch) AS s WHERE gap)',
	time_column, step, 'PARTITION BY ' || elt_catalog.quoted_names(key_columns) || ' ');
COMMENT ON FUNCTION elt.gaps IS 'measure for elt.add_batch_check: number of times after which the next one of the same key is more than a step later';

CREATE FUNCTION elt.difference(measure text, reference text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('(%s) - (%s)', measure, reference);
COMMENT ON FUNCTION elt.difference IS 'measure for elt.add_batch_check: a measure minus a reference, which may be a query';

CREATE FUNCTION elt.deviation(measure text, batches int DEFAULT 100)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('deviation(%s, %s)', measure, batches);
COMMENT ON FUNCTION elt.deviation IS 'measure for elt.add_batch_check: how many standard deviations a measure is above or below its usual value, from median and MAD of earlier batches of the same weekday';

CREATE FUNCTION elt.psi(column_name text, batches int DEFAULT 10)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('psi(%I, %s)', column_name, batches);
COMMENT ON FUNCTION elt.psi IS 'measure for elt.add_batch_check: population stability index of a column against the last batches';

CREATE FUNCTION elt.schema_differences(columns jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('(SELECT count(*) FROM batch_columns FULL JOIN (VALUES %s) AS e(column_name, data_type) USING (column_name) WHERE batch_columns.data_type IS DISTINCT FROM e.data_type)',
	(SELECT pg_catalog.string_agg(pg_catalog.format('(%L, %L)', c.key, c.value), ', ' ORDER BY c.key COLLATE "C")
	FROM pg_catalog.jsonb_each_text(columns) AS c));
COMMENT ON FUNCTION elt.schema_differences IS 'measure for elt.add_batch_check: number of columns that are missing, new, or of another type than expected';
