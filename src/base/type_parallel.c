/*
 * type_parallel.c
 *	  Types whose values a parallel worker can read.
 *
 * What the constraints of a domain call is not known in advance, so no domain is one.
 */
#include "base/compat.h"
#include "base/type_parallel.h"

#include "access/tupdesc.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static bool
FieldsAreParallelSafe(Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	bool		safe = true;

	for (int i = 0; i < desc->natts && safe; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			safe = TypeIsParallelSafe(TupleDescAttr(desc, i)->atttypid);
	ReleaseTupleDesc(desc);
	return safe;
}

static bool
InputIsParallelSafe(Oid type)
{
	Oid			input;
	Oid			param;

	getTypeInputInfo(type, &input, &param);
	return func_parallel(input) == PROPARALLEL_SAFE;
}

bool
TypeIsParallelSafe(Oid type)
{
	Oid			element = get_element_type(type);

	check_stack_depth();
	if (OidIsValid(element))
		return TypeIsParallelSafe(element);
	switch (get_typtype(type))
	{
		case TYPTYPE_DOMAIN:
			return false;
		case TYPTYPE_COMPOSITE:
			return FieldsAreParallelSafe(type);
		case TYPTYPE_RANGE:
			return TypeIsParallelSafe(get_range_subtype(type));
		case TYPTYPE_MULTIRANGE:
			return TypeIsParallelSafe(get_multirange_range(type));
		default:
			return InputIsParallelSafe(type);
	}
}
