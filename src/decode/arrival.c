/*
 * arrival.c
 *	  Number records in their order of arrival, across pages and runs.
 */
#include "base/compat.h"
#include "decode/arrival.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

void
ArrivalColumnCheck(Form_pg_attribute att)
{
	if (att->atttypid == INT8OID)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" with lineage \"arrival\" cannot have type %s",
					NameStr(att->attname), format_type_be(att->atttypid)),
			 errhint("Declare the column as bigint.")));
}

int64
NextArrival(void)
{
	static int64 last = 0;
	int64		now = GetCurrentTimestamp() +
		(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;

	last = Max(last + 1, now);
	return last;
}
