-- What the columns of the fuzzer may be, beside the types of PostgreSQL, and an independent reader of values.
CREATE SCHEMA fuzz;
SET search_path = fuzz;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN short AS text CHECK (length(VALUE) < 4);
CREATE DOMAIN price AS numeric(8,2) CHECK (VALUE >= 0);
CREATE DOMAIN recent AS date CHECK (VALUE > '2001-01-01');
CREATE DOMAIN needed AS text NOT NULL;
CREATE DOMAIN given AS int CHECK (VALUE IS NOT NULL);
CREATE DOMAIN divisor AS int CHECK (100 / VALUE > 1);
CREATE DOMAIN small AS positive CHECK (VALUE < 1000);
CREATE DOMAIN object AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');
CREATE DOMAIN two AS int[] CHECK (cardinality(VALUE) <= 2);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);

-- What the input function of a type, wrapped as the only column v of each named row type, makes of each text.
CREATE FUNCTION read_values(types text[], texts text[]) RETURNS TABLE (state text, value text)
LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. cardinality(types) LOOP
		value := NULL;
		BEGIN
			EXECUTE format('SELECT v::text FROM (SELECT ($1::fuzz.%I).*) AS r', types[i])
				INTO value USING coalesce('("' || replace(replace(texts[i], '\', '\\'), '"', '""') || '")', '()');
			state := '00000';
		EXCEPTION WHEN OTHERS THEN
			state := SQLSTATE;
		END;
		RETURN NEXT;
	END LOOP;
END
$$;
