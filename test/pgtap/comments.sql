-- Everything that people see in psql says what it is, and nothing is open to everyone.
BEGIN;
SELECT plan(5);

CREATE TEMP VIEW members AS
SELECT classid, objid
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_elt');

SELECT is_empty(
	$$SELECT objid::regprocedure FROM members
	  WHERE classid = 'pg_proc'::regclass AND obj_description(objid, 'pg_proc') IS NULL$$,
	'every function and procedure has a comment');

SELECT is_empty(
	$$SELECT objid::regclass FROM members JOIN pg_class c ON c.oid = objid
	  WHERE classid = 'pg_class'::regclass AND relkind IN ('r', 'p', 'v', 'm', 'f')
	    AND obj_description(objid, 'pg_class') IS NULL$$,
	'every table and view has a comment');

SELECT is_empty(
	$$SELECT objid::regprocedure FROM members JOIN pg_proc p ON p.oid = objid
	  WHERE classid = 'pg_proc'::regclass
	    AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)$$,
	'no function is granted to PUBLIC');

SELECT is_empty(
	$$SELECT objid::regclass FROM members JOIN pg_class c ON c.oid = objid
	  WHERE classid = 'pg_class'::regclass
	    AND EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee = 0)$$,
	'no table, view or sequence is granted to PUBLIC');

SELECT is_empty(
	$$SELECT nspname FROM members JOIN pg_namespace n ON n.oid = objid
	  WHERE classid = 'pg_namespace'::regclass
	    AND EXISTS (SELECT FROM aclexplode(nspacl) WHERE grantee = 0)$$,
	'no schema is granted to PUBLIC');

SELECT * FROM finish();
ROLLBACK;
