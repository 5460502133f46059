\echo Use "CREATE EXTENSION pg_elt" to load this file. \quit

-- Roles belong to the cluster: made when absent, never dropped.
DO $roles$
DECLARE
	role_name text;
BEGIN
	FOREACH role_name IN ARRAY ARRAY['elt_admin', 'elt_operator', 'elt_reader'] LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
		END IF;
	END LOOP;
END
$roles$;

CREATE SCHEMA elt;
COMMENT ON SCHEMA elt IS 'functions, procedures and views of pg_elt';
CREATE SCHEMA elt_catalog;
COMMENT ON SCHEMA elt_catalog IS 'tables of pg_elt; read them through the views in schema elt';
CREATE SCHEMA elt_staging;
COMMENT ON SCHEMA elt_staging IS 'staging tables of pg_elt, one unlogged table per pipeline';
