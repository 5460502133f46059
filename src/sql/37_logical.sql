-- Sources: tables of other PostgreSQL servers, by logical replication.

CREATE FUNCTION elt_catalog.elt_postgres_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_live_handler';
COMMENT ON FUNCTION elt_catalog.elt_postgres_handler IS 'handler of foreign-data wrapper elt_postgres';

CREATE FUNCTION elt_catalog.elt_postgres_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_postgres_validator';
COMMENT ON FUNCTION elt_catalog.elt_postgres_validator IS 'check the options of elt_postgres';

CREATE FOREIGN DATA WRAPPER elt_postgres HANDLER elt_catalog.elt_postgres_handler VALIDATOR elt_catalog.elt_postgres_validator;
COMMENT ON FOREIGN DATA WRAPPER elt_postgres IS 'logical replication: a server defines a PostgreSQL database, a foreign table the changes of a table';
GRANT USAGE ON FOREIGN DATA WRAPPER elt_postgres TO elt_admin;
