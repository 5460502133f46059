-- Every object of the extension with all that a user, a dump or the library can see of it, one line
-- each, without OIDs and, for tables, without the order of columns.
SET search_path = '';

CREATE FUNCTION pg_temp.privileges(acl aclitem[], kind "char", owner oid) RETURNS text LANGUAGE sql
AS $$ SELECT coalesce(pg_catalog.string_agg(a::text, ' ' ORDER BY a::text), 'nobody')
	FROM pg_catalog.unnest(coalesce(acl, pg_catalog.acldefault(kind, owner))) a $$;

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid
FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'pg_elt';

CREATE TEMP VIEW relation AS
SELECT c.*, pg_catalog.format('%s %s', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view'
	WHEN 'S' THEN 'sequence' ELSE c.relkind::text END, c.oid::regclass) AS title
FROM member m JOIN pg_catalog.pg_class c ON m.classid = 'pg_catalog.pg_class'::regclass AND c.oid = m.objid;

CREATE TEMP VIEW facts AS
SELECT pg_catalog.concat_ws(' | ', 'member', i.type, i.identity) AS fact
FROM member m, pg_catalog.pg_identify_object(m.classid, m.objid, 0) i
UNION ALL
SELECT pg_catalog.concat_ws(' | ', 'schema', n.nspname, n.nspowner::regrole,
	pg_temp.privileges(n.nspacl, 'n', n.nspowner), pg_catalog.obj_description(n.oid, 'pg_namespace'))
FROM member m JOIN pg_catalog.pg_namespace n ON m.classid = 'pg_catalog.pg_namespace'::regclass AND n.oid = m.objid
UNION ALL
SELECT pg_catalog.concat_ws(' | ', 'routine', p.oid::regprocedure,
	CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END,
	(SELECT pg_catalog.concat_ws(' ', a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
		a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn) FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid),
	p.proowner::regrole, pg_temp.privileges(p.proacl, 'f', p.proowner),
	pg_catalog.obj_description(p.oid, 'pg_proc'))
FROM member m JOIN pg_catalog.pg_proc p ON m.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = m.objid
UNION ALL
SELECT pg_catalog.concat_ws(' | ', 'type', t.oid::regtype, t.typinput, t.typoutput, t.typreceive, t.typsend, t.typalign,
	t.typstorage, pg_temp.privileges(t.typacl, 'T', t.typowner), pg_catalog.obj_description(t.oid, 'pg_type'))
FROM member m JOIN pg_catalog.pg_type t ON m.classid = 'pg_catalog.pg_type'::regclass AND t.oid = m.objid
WHERE t.typtype = 'b' AND t.typelem = 0
UNION ALL
SELECT pg_catalog.concat_ws(' | ', c.title, c.relpersistence, c.relowner::regrole, c.reloptions,
	c.relrowsecurity, pg_temp.privileges(c.relacl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner),
	pg_catalog.obj_description(c.oid, 'pg_class'))
FROM relation c
UNION ALL
SELECT pg_catalog.concat_ws(' | ', c.title, 'column', a.attname, CASE c.relkind WHEN 'v' THEN a.attnum END,
	pg_catalog.format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
	pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'identity ' || nullif(a.attidentity::text, ''), a.attcollation::regcollation,
	a.attacl, pg_catalog.col_description(c.oid, a.attnum))
FROM relation c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind <> 'S'
UNION ALL
SELECT pg_catalog.concat_ws(' | ', c.title, 'definition', pg_catalog.pg_get_viewdef(c.oid))
FROM relation c WHERE c.relkind = 'v'
UNION ALL
SELECT pg_catalog.concat_ws(' | ', c.title, 'constraint', k.conname, pg_catalog.pg_get_constraintdef(k.oid), k.convalidated)
FROM relation c JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype <> 'n'
UNION ALL
SELECT pg_catalog.concat_ws(' | ', c.title, 'index', pg_catalog.pg_get_indexdef(i.indexrelid), i.indisvalid)
FROM relation c JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
UNION ALL
SELECT pg_catalog.concat_ws(' | ', c.title, 'trigger', pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled,
	pg_catalog.obj_description(t.oid, 'pg_trigger'))
FROM relation c JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT pg_catalog.concat_ws(' | ', c.title, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax,
	s.seqcycle, d.refobjid::regclass, d.deptype)
FROM relation c JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i'
UNION ALL
SELECT pg_catalog.concat_ws(' | ', 'dumped', k.relation::regclass, e.extcondition[k.n])
FROM pg_catalog.pg_extension e, pg_catalog.unnest(e.extconfig) WITH ORDINALITY AS k (relation, n)
WHERE e.extname = 'pg_elt'
UNION ALL
SELECT pg_catalog.concat_ws(' | ', 'wrapper', w.fdwname, w.fdwhandler::regproc, w.fdwvalidator::regproc,
	w.fdwowner::regrole, w.fdwoptions, pg_temp.privileges(w.fdwacl, 'F', w.fdwowner),
	pg_catalog.obj_description(w.oid, 'pg_foreign_data_wrapper'))
FROM member m JOIN pg_catalog.pg_foreign_data_wrapper w
	ON m.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND w.oid = m.objid
UNION ALL
SELECT pg_catalog.concat_ws(' | ', 'event trigger', v.evtname, v.evtevent, v.evtfoid::regproc, v.evtenabled,
	v.evttags, v.evtowner::regrole, pg_catalog.obj_description(v.oid, 'pg_event_trigger'))
FROM member m JOIN pg_catalog.pg_event_trigger v
	ON m.classid = 'pg_catalog.pg_event_trigger'::regclass AND v.oid = m.objid
UNION ALL
SELECT pg_catalog.concat_ws(' | ', 'privileges that a dump leaves out', i.type, i.identity,
	pg_temp.privileges(p.initprivs, 'r', 0))
FROM pg_catalog.pg_init_privs p JOIN member m ON m.classid = p.classoid AND m.objid = p.objoid,
	pg_catalog.pg_identify_object(p.classoid, p.objoid, p.objsubid) i;

SELECT pg_catalog.replace(fact, E'\n', ' ') FROM pg_temp.facts ORDER BY fact COLLATE "C";
