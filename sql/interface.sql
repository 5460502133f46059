-- Functions and views for users, as psql shows them in 120 columns.
\pset format wrapped
\pset columns 120
\pset linestyle ascii
\df elt.*
SELECT viewname, viewowner FROM pg_views WHERE schemaname = 'elt' ORDER BY viewname COLLATE "C";
SELECT c.relname AS view, a.attname AS "column", replace(a.atttypid::regtype::text, 'timestamp with time zone', 'timestamptz') AS type,
	col_description(c.oid, a.attnum) AS description
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'elt'::regnamespace
ORDER BY c.relname, a.attnum;
-- None lacks a comment
SELECT c.relname, a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'elt'::regnamespace AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL);
\pset format aligned

-- No argument or column is a reserved word
SELECT p.proname, a.name FROM pg_proc p, unnest(p.proargnames) a (name)
WHERE p.pronamespace = 'elt'::regnamespace
	AND a.name IN (SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T'));
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'elt'::regnamespace
	AND a.attname IN (SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T'));

-- One word for one concept: the first argument, and columns that mean the same
SELECT p.proname, p.proargnames[1] FROM pg_proc p
WHERE p.pronamespace = 'elt'::regnamespace
	AND p.proargnames[1] NOT IN ('pipeline', 'relation', 'run_id', 'schedule', 'pool', 'selector', 'alert', 'channel', 'timeout')
	AND NOT (p.prorettype = 'text'::regtype AND p.provolatile <> 'v')	-- writes an expression
	AND (p.proname !~ '^(create|alter|rename|drop)_pipeline$' OR p.proargnames[1] <> 'name')
ORDER BY 1;
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'elt'::regnamespace AND a.attname IN ('status', 'table', 'parent', 'passed', 'from', 'to', 'premake', 'time_zone');

-- elt.merge returns the counts of elt.runs, in their order
SELECT m.name AS merge, r.name AS runs
FROM (SELECT name, row_number() OVER (ORDER BY n) AS place FROM pg_proc p, unnest(p.proargnames) WITH ORDINALITY a (name, n)
	WHERE p.oid = 'elt.merge'::regproc AND name NOT IN ('pipeline', 'run_id')) m
FULL JOIN (SELECT attname::text AS name, row_number() OVER (ORDER BY attnum) AS place FROM pg_attribute
	WHERE attrelid = 'elt.runs'::regclass AND attname ~ '^(batches|slices_|requests|bytes|rows_|pending_)') r USING (place)
WHERE m.name IS DISTINCT FROM r.name;
