/*
 * type_range.c
 *	  Types whose values are numbers or times, so that a range of them can be read.
 */
#include "base/compat.h"
#include "base/type_range.h"

#include "catalog/pg_type.h"

bool
TypeHasRanges(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			return false;
	}
}
