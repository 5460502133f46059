-- The door to the decoder and the assertions.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;

CREATE FUNCTION decode_rows(anyelement, page bytea, records text DEFAULT NULL,
	options text[] DEFAULT '{}', chunk int DEFAULT 0, capacity int DEFAULT 100)
RETURNS SETOF anyelement LANGUAGE c AS :'module';

CREATE FUNCTION decode_rejects(anyelement, page bytea, records text DEFAULT NULL,
	options text[] DEFAULT '{}', chunk int DEFAULT 0, capacity int DEFAULT 100,
	OUT record bigint, OUT at bigint, OUT "column" text, OUT reason text, OUT sqlstate text,
	OUT message text, OUT raw text)
RETURNS SETOF record LANGUAGE c AS :'module';

CREATE FUNCTION decode_rows(shape anyelement, page text, records text DEFAULT NULL,
	options text[] DEFAULT '{}', chunk int DEFAULT 0, capacity int DEFAULT 100)
RETURNS SETOF anyelement LANGUAGE sql AS
$$ SELECT * FROM decode_rows(shape, convert_to(page, 'UTF8'), records, options, chunk, capacity) $$;

CREATE FUNCTION decode_rejects(shape anyelement, page text, records text DEFAULT NULL,
	options text[] DEFAULT '{}', chunk int DEFAULT 0, capacity int DEFAULT 100,
	OUT record bigint, OUT at bigint, OUT "column" text, OUT reason text, OUT sqlstate text,
	OUT message text, OUT raw text)
RETURNS SETOF record LANGUAGE sql AS
$$ SELECT * FROM decode_rejects(shape, convert_to(page, 'UTF8'), records, options, chunk, capacity) $$;

CREATE FUNCTION decode_count(anyelement, page bytea, records text DEFAULT NULL,
	options text[] DEFAULT '{}', chunk int DEFAULT 0, capacity int DEFAULT 100)
RETURNS text LANGUAGE c AS :'module';

CREATE FUNCTION decode_missing(anyelement, page bytea, records text DEFAULT NULL,
	options text[] DEFAULT '{}', chunk int DEFAULT 0, capacity int DEFAULT 100,
	before bytea DEFAULT NULL)
RETURNS text LANGUAGE c AS :'module';

CREATE FUNCTION check_path(text) RETURNS bool STRICT LANGUAGE c AS :'module';

CREATE FUNCTION ok(holds bool, name text) RETURNS text LANGUAGE sql AS
$$ SELECT CASE WHEN holds THEN 'ok - ' ELSE 'not ok - ' END || name $$;

CREATE FUNCTION is(got text, want text, name text) RETURNS text LANGUAGE sql AS
$$ SELECT CASE WHEN got IS NOT DISTINCT FROM want THEN 'ok - ' || name
	ELSE format(E'not ok - %s\n# got:  %s\n# want: %s', name,
		replace(coalesce(got, '(null)'), E'\n', E'\n#       '),
		replace(coalesce(want, '(null)'), E'\n', E'\n#       ')) END $$;

-- The rows of a page, one per line; after them its rejects, and the error if there is one.
CREATE FUNCTION decoded(shape anyelement, page bytea, records text, options text[],
	chunk int, capacity int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rows text;
	refused text;
	state text;
	message text;
	detail text;
BEGIN
	SELECT string_agg(r::text, E'\n') INTO rows
	FROM decode_rows(shape, page, records, options, chunk, capacity) r;
	SELECT string_agg(format('%s: record %s at %s, %s %s %s: %s', 'reject', j.record, j.at, j.column,
		j.reason, j.sqlstate, j.message || ' << ' || j.raw), E'\n' ORDER BY j.record, j.raw) INTO refused
	FROM decode_rejects(shape, page, records, options, chunk, capacity) j;
	RETURN concat_ws(E'\n', rows, refused);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL;
	RETURN format('error %s: %s | %s', state, message, detail);
END $$;

-- The same, and it must not depend on where the chunks end or on how many rows fit a batch.
CREATE FUNCTION decodes(name text, shape anyelement, page bytea, want text,
	records text DEFAULT NULL, options text[] DEFAULT '{}') RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	got text := decoded(shape, page, records, options, 0, 100);
	other text;
	chunk int;
BEGIN
	RETURN NEXT is(got, want, name);
	FOR chunk IN SELECT c FROM generate_series(1, least(length(page), 80)) c LOOP
		other := decoded(shape, page, records, options, chunk, 1 + chunk % 7);
		IF other IS DISTINCT FROM got THEN
			RETURN NEXT is(other, got, format('%s, in chunks of %s', name, chunk));
			RETURN;
		END IF;
	END LOOP;
	RETURN NEXT ok(true, name || ', in chunks of any size');
END $$;

CREATE FUNCTION decodes(name text, shape anyelement, page text, want text,
	records text DEFAULT NULL, options text[] DEFAULT '{}') RETURNS SETOF text
LANGUAGE sql AS $$ SELECT decodes(name, shape, convert_to(page, 'UTF8'), want, records, options) $$;

CREATE FUNCTION decoded(shape anyelement, page text, records text DEFAULT NULL,
	options text[] DEFAULT '{}', chunk int DEFAULT 0, capacity int DEFAULT 100) RETURNS text
LANGUAGE sql AS $$ SELECT decoded(shape, convert_to(page, 'UTF8'), records, options, chunk, capacity) $$;
