-- Builders: expressions for elt.add_check, as one would write them.

CREATE FUNCTION elt_catalog.quoted_names(names text[])
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n), ', ' ORDER BY i)
	FROM pg_catalog.unnest(names) WITH ORDINALITY AS u(n, i));
COMMENT ON FUNCTION elt_catalog.quoted_names IS 'names of columns as a list in SQL';
GRANT EXECUTE ON FUNCTION elt_catalog.quoted_names TO elt_admin;

CREATE FUNCTION elt_catalog.check_text(column_name text, condition text, null_passes boolean)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN CASE WHEN null_passes THEN condition
	ELSE pg_catalog.format('%I IS NOT NULL AND %s', column_name, condition) END;
COMMENT ON FUNCTION elt_catalog.check_text IS 'condition of a check that null passes or does not pass';
GRANT EXECUTE ON FUNCTION elt_catalog.check_text TO elt_admin;

CREATE FUNCTION elt.not_null(column_name text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('%I IS NOT NULL', column_name);
COMMENT ON FUNCTION elt.not_null IS 'write a check: the column is not null';

CREATE FUNCTION elt.in_range(column_name text, low text DEFAULT NULL, high text DEFAULT NULL, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN elt_catalog.check_text(column_name, CASE
	WHEN low IS NOT NULL AND high IS NOT NULL THEN pg_catalog.format('%I BETWEEN %L AND %L', column_name, low, high)
	WHEN low IS NOT NULL THEN pg_catalog.format('%I >= %L', column_name, low)
	WHEN high IS NOT NULL THEN pg_catalog.format('%I <= %L', column_name, high) END, null_passes);
COMMENT ON FUNCTION elt.in_range IS 'write a check: the column is between two values, or at least or at most one; null for no bounds';

CREATE FUNCTION elt.accepted_values(column_name text, accepted text[], null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN elt_catalog.check_text(column_name, pg_catalog.format('%I IN (%s)', column_name,
	(SELECT pg_catalog.string_agg(pg_catalog.quote_literal(v), ', ' ORDER BY n)
	FROM pg_catalog.unnest(accepted) WITH ORDINALITY AS u(v, n))), null_passes);
COMMENT ON FUNCTION elt.accepted_values IS 'write a check: the column is one of some values';

CREATE FUNCTION elt.matches(column_name text, pattern text, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN elt_catalog.check_text(column_name, pg_catalog.format('%I ~ %L', column_name, pattern), null_passes);
COMMENT ON FUNCTION elt.matches IS 'write a check: the text matches a regular expression';

CREATE FUNCTION elt.has_length(column_name text, shortest int, longest int, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN elt_catalog.check_text(column_name, pg_catalog.format('length(%I) BETWEEN %s AND %s', column_name, shortest, longest), null_passes);
COMMENT ON FUNCTION elt.has_length IS 'write a check: the text has a number of characters';

CREATE FUNCTION elt.not_future(column_name text, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN elt_catalog.check_text(column_name, pg_catalog.format('%I <= now()', column_name), null_passes);
COMMENT ON FUNCTION elt.not_future IS 'write a check: the time has passed';

CREATE FUNCTION elt.is_positive(column_name text, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN elt_catalog.check_text(column_name, pg_catalog.format('%I > 0', column_name), null_passes);
COMMENT ON FUNCTION elt.is_positive IS 'write a check: the number is greater than zero';

CREATE FUNCTION elt.is_email(column_name text, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN elt.matches(column_name, '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$', null_passes);
COMMENT ON FUNCTION elt.is_email IS 'write a check: the text looks like an e-mail address';

CREATE FUNCTION elt.is_url(column_name text, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN elt.matches(column_name, '^https?://[^/?#[:space:]]+[^[:space:]]*$', null_passes);
COMMENT ON FUNCTION elt.is_url IS 'write a check: the text looks like an http or https address';

CREATE FUNCTION elt.is_iban(column_name text, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN elt.matches(column_name, '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$', null_passes);
COMMENT ON FUNCTION elt.is_iban IS 'write a check: the text looks like an IBAN; its check digits are not verified';

CREATE FUNCTION elt.is_unique(column_names text[], in_target boolean DEFAULT false, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN pg_catalog.format('UNIQUE (%s)', elt_catalog.quoted_names(column_names)) || CASE WHEN in_target THEN ' IN TARGET' ELSE '' END
	|| CASE WHEN null_passes THEN '' ELSE ' NOT NULL' END;
COMMENT ON FUNCTION elt.is_unique IS 'write a check: no two rows of a batch, or no row of the batch and one of another key in the target, have the same values in the columns';

CREATE FUNCTION elt.refers_to(column_names text[], relation regclass, referenced text[] DEFAULT NULL, as_of text DEFAULT NULL, null_passes boolean DEFAULT true)
RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT pg_catalog.format('FOREIGN KEY (%s) REFERENCES %I.%I (%s)', elt_catalog.quoted_names(column_names), n.nspname, c.relname,
		elt_catalog.quoted_names(coalesce(referenced, column_names))) || coalesce(' AS OF ' || pg_catalog.quote_ident(as_of), '')
		|| CASE WHEN null_passes THEN '' ELSE ' NOT NULL' END
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
COMMENT ON FUNCTION elt.refers_to IS 'write a check: the values occur in columns of another relation, in a row that was valid at the time in column as_of';
