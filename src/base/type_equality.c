/*
 * type_equality.c
 *	  How statements compare two values of a type.
 */
#include "base/compat.h"
#include "base/type_equality.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

const char *
EqualityOperator(Oid type)
{
	Oid			operator = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	const char *result = "=";

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an equality operator for key column type %s",
						format_type_be(type))));
	form = (Form_pg_operator) GETSTRUCT(tuple);
	if (operator >= FirstNormalObjectId)
		result = psprintf("OPERATOR(%s.%s)",
						  quote_identifier(get_namespace_name(form->oprnamespace)),
						  NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return result;
}

bool
EqualityIsExact(Oid type, Oid collation)
{
	Oid			equals = lookup_type_cache(getBaseType(type), TYPECACHE_EQ_OPR)->eq_opr;

	return OidIsValid(equals) && equals < FirstNormalObjectId &&
		(!OidIsValid(collation) || get_collation_isdeterministic(collation));
}

const char *
ComparisonCast(Oid type, Oid collation)
{
	Oid			base = getBaseType(type);
	char		kind = get_typtype(base);

	if (!OidIsValid(lookup_type_cache(base, TYPECACHE_EQ_OPR)->eq_opr))
		return "::text";
	if (base >= FirstNormalObjectId && kind == TYPTYPE_BASE)
		return "::text";
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return "::text COLLATE \"C\"";
	return "";
}
