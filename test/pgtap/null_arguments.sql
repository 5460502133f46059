-- Every function takes NULL for every argument and answers NULL or a clean error. Functions that
-- only the server may call (handlers) are called by it, and procedures in test/t.
BEGIN;

CREATE TEMP TABLE call AS
SELECT p.oid::regprocedure AS function,
	format('SELECT %I.%I(%s)', n.nspname, p.proname,
		(SELECT string_agg('NULL::' || format_type(t.oid, NULL), ', ' ORDER BY t.ord)
		 FROM unnest(p.proargtypes) WITH ORDINALITY AS t(oid, ord))) AS statement
FROM pg_depend d
JOIN pg_proc p ON p.oid = d.objid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_elt')
	AND p.prokind = 'f'
	AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'fdw_handler'::regtype);

-- The SQLSTATE of a call, or '00000'. Internal errors (class XX) are not clean.
CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN '00000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;

SELECT plan(greatest(count(*), 1)::int) FROM call;
SELECT pass('no function to call') WHERE NOT EXISTS (SELECT FROM call);
SELECT doesnt_match(pg_temp.outcome(statement), '^XX', function || ' with NULL for every argument')
FROM call ORDER BY function::text;

SELECT * FROM finish();
ROLLBACK;
