-- Sources: a kind for a test alone that brings rows.

CREATE FUNCTION elt_catalog.elt_ticking_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_live_handler';

CREATE FUNCTION elt_catalog.elt_ticking_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_ticking_validator';

CREATE FOREIGN DATA WRAPPER elt_ticking HANDLER elt_catalog.elt_ticking_handler VALIDATOR elt_catalog.elt_ticking_validator;
