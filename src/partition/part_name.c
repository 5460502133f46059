/*
 * part_name.c
 *	  Choose the names of partitions.
 */
#include "base/compat.h"
#include "partition/part_name.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "partition/grid.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* _p20240101, or _p20240101_0600 where days are divided; _p1000000, or _pm1000000 below 0; _oldest. */
static char *
NameSuffix(const Policy *policy, TimestampTz lower)
{
	const char *pattern;
	Datum		suffix;

	if (TIMESTAMP_IS_NOBEGIN(lower))
		return pstrdup("_oldest");
	if (policy->by_number)
		return psprintf("_p%s" UINT64_FORMAT, lower < 0 ? "m" : "",
						lower < 0 ? -(uint64) lower : (uint64) lower);
	pattern = policy->interval->time > 0 ? "\"_p\"YYYYMMDD_HH24MI" : "\"_p\"YYYYMMDD";
	suffix = DirectFunctionCall2(timestamp_to_char,
								 TimestampGetDatum(GridLocal(policy, lower)),
								 CStringGetTextDatum(pattern));
	return TextDatumGetCString(suffix);
}

/* A name that is too long loses its end to a hash of the whole. */
char *
ShortName(const char *parent, const char *suffix)
{
	int			room = NAMEDATALEN - 1 - strlen(suffix);
	char		hash[16];

	if (strlen(parent) <= room)
		return psprintf("%s%s", parent, suffix);
	snprintf(hash, sizeof(hash), "_%08x",
			 DatumGetUInt32(hash_any((const unsigned char *) parent, strlen(parent))));
	room = pg_mbcliplen(parent, strlen(parent), room - strlen(hash));
	return psprintf("%.*s%s%s", room, parent, hash, suffix);
}

/* A table that retention detached may still have the name. */
char *
FreeName(const char *whole, const char *suffix, Oid schema)
{
	char	   *name = ShortName(whole, suffix);

	for (int i = 2; OidIsValid(get_relname_relid(name, schema)); i++)
		name = ShortName(whole, psprintf("%s_%d", suffix, i));
	return name;
}

char *
PartName(const Policy *policy, Oid schema, TimestampTz lower)
{
	return FreeName(get_rel_name(policy->relation), NameSuffix(policy, lower), schema);
}
