/*
 * base_relations.h
 *	  What a relation is made of: views are followed to what they select from, and partitioned tables
 *	  to their partitions.
 */
#ifndef ELT_BASE_BASE_RELATIONS_H
#define ELT_BASE_BASE_RELATIONS_H

/* Begins a query: base(oid) is the relation $1 and all that it is made of. */
#define WITH_BASE_RELATIONS \
	"with recursive base(oid) as (" \
	" select $1::oid union select n.oid from base b, lateral (" \
	"  select d.refobjid as oid from pg_rewrite w join pg_depend d" \
	"   on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid" \
	"   and d.refclassid = 'pg_class'::regclass and d.refobjid <> b.oid" \
	"   where w.ev_class = b.oid" \
	"  union all select inhrelid from pg_inherits where inhparent = b.oid) n)"

#endif
