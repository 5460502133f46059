-- Sources: HTTP APIs as foreign tables.

CREATE FUNCTION elt_catalog.elt_http_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_live_handler';
COMMENT ON FUNCTION elt_catalog.elt_http_handler IS 'how PostgreSQL plans and runs a SELECT from a foreign table of elt_http';

CREATE FUNCTION elt_catalog.elt_http_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_http_validator';
COMMENT ON FUNCTION elt_catalog.elt_http_validator IS 'checks the options of servers, foreign tables and columns of elt_http';

CREATE FOREIGN DATA WRAPPER elt_http HANDLER elt_catalog.elt_http_handler VALIDATOR elt_catalog.elt_http_validator;
COMMENT ON FOREIGN DATA WRAPPER elt_http IS 'HTTP APIs: a server says where, a foreign table says what comes back and how it becomes columns';
GRANT USAGE ON FOREIGN DATA WRAPPER elt_http TO elt_admin;
