-- The harness has created the extension in this database; here is what that leaves behind.
SELECT extversion, extowner::regrole FROM pg_extension WHERE extname = 'pg_elt';
SELECT nspname FROM pg_namespace WHERE nspname LIKE 'elt%' ORDER BY 1;

-- Creating it twice is refused, dropping and creating it again works.
CREATE EXTENSION pg_elt;
BEGIN;
DROP EXTENSION pg_elt;
SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'elt%';
CREATE EXTENSION pg_elt;
SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'elt%';
ROLLBACK;
