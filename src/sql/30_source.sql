-- Sources: HTTP APIs as foreign tables.

CREATE FUNCTION elt_catalog.elt_http_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_live_handler';
COMMENT ON FUNCTION elt_catalog.elt_http_handler IS 'handler of foreign-data wrapper elt_http';

CREATE FUNCTION elt_catalog.elt_http_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_http_validator';
COMMENT ON FUNCTION elt_catalog.elt_http_validator IS 'check the options of elt_http';

CREATE FOREIGN DATA WRAPPER elt_http HANDLER elt_catalog.elt_http_handler VALIDATOR elt_catalog.elt_http_validator;
COMMENT ON FOREIGN DATA WRAPPER elt_http IS 'HTTP APIs: a server defines the address of an API, a foreign table its responses and columns';
GRANT USAGE ON FOREIGN DATA WRAPPER elt_http TO elt_admin;
