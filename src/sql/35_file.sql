-- Sources: files of the server as foreign tables.

CREATE FUNCTION elt_catalog.elt_file_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_live_handler';
COMMENT ON FUNCTION elt_catalog.elt_file_handler IS 'handler of foreign-data wrapper elt_file';

CREATE FUNCTION elt_catalog.elt_file_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_file_validator';
COMMENT ON FUNCTION elt_catalog.elt_file_validator IS 'check the options of elt_file';

CREATE FOREIGN DATA WRAPPER elt_file HANDLER elt_catalog.elt_file_handler VALIDATOR elt_catalog.elt_file_validator;
COMMENT ON FOREIGN DATA WRAPPER elt_file IS 'files: a server defines a directory, a foreign table its files and columns';
GRANT USAGE ON FOREIGN DATA WRAPPER elt_file TO elt_admin;
