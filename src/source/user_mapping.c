/*
 * user_mapping.c
 *	  Find the user mapping of a role for a server.
 *
 * GetUserMapping of the server raises an error where there is none.
 */
#include "base/compat.h"
#include "source/user_mapping.h"

#include "access/reloptions.h"
#include "catalog/pg_user_mapping.h"
#include "utils/syscache.h"

HeapTuple
UserMappingFind(Oid role, Oid server)
{
	HeapTuple	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(role),
										ObjectIdGetDatum(server));

	if (HeapTupleIsValid(tuple))
		return tuple;
	return SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
						   ObjectIdGetDatum(server));
}

List *
UserMappingOptions(HeapTuple tuple)
{
	bool		isnull;
	Datum		datum = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple,
										Anum_pg_user_mapping_umoptions, &isnull);

	return isnull ? NIL : untransformRelOptions(datum);
}
