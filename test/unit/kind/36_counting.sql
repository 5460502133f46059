-- Sources: a kind for a test alone.

CREATE FUNCTION elt_catalog.elt_counting_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_live_handler';

CREATE FUNCTION elt_catalog.elt_counting_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_counting_validator';

CREATE FOREIGN DATA WRAPPER elt_counting HANDLER elt_catalog.elt_counting_handler VALIDATOR elt_catalog.elt_counting_validator;
