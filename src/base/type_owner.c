/*
 * type_owner.c
 *	  Find the owners of code that runs when a value of a type is constructed.
 */
#include "base/compat.h"
#include "base/type_owner.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* Also the type that a domain is over, which may be a domain. */
static Oid
OwnerOf(Oid type, Oid *base)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	owner = ((Form_pg_type) GETSTRUCT(tuple))->typowner;
	*base = ((Form_pg_type) GETSTRUCT(tuple))->typbasetype;
	ReleaseSysCache(tuple);
	return owner;
}

static bool
MayBecome(Oid owner, Oid role)
{
	return superuser_arg(owner) || has_privs_of_role(owner, role);
}

static Oid
StrangeOwnerOfFields(Oid type, Oid role)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	Oid			owner = InvalidOid;

	for (int i = 0; i < desc->natts && !OidIsValid(owner); i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			owner = TypeStrangeOwner(TupleDescAttr(desc, i)->atttypid, role);
	ReleaseTupleDesc(desc);
	return owner;
}

Oid
TypeStrangeOwner(Oid type, Oid role)
{
	Oid			element = get_element_type(type);
	char		kind = get_typtype(type);
	Oid			base;
	Oid			owner;

	check_stack_depth();
	if (OidIsValid(element))
		return TypeStrangeOwner(element, role);
	if (kind == TYPTYPE_RANGE)
		return TypeStrangeOwner(get_range_subtype(type), role);
	if (kind == TYPTYPE_MULTIRANGE)
		return TypeStrangeOwner(get_multirange_range(type), role);
	if (kind != TYPTYPE_DOMAIN && kind != TYPTYPE_COMPOSITE)
		return InvalidOid;
	owner = OwnerOf(type, &base);
	if (!MayBecome(owner, role))
		return owner;
	return kind == TYPTYPE_DOMAIN ? TypeStrangeOwner(base, role)
		: StrangeOwnerOfFields(type, role);
}
