/*
 * withheld.c
 *	  Keep rows that were taken out of a staged batch until it has landed.
 *
 * They are in a work table with the columns of the staging table.
 */
#include "base/compat.h"
#include "load/withheld.h"

#include "load/staging.h"
#include "load/work.h"

#define WITHHELD "withheld"

char *
WithheldTake(const Pipeline *p, const char *condition)
{
	WorkTableEnsure(p, WITHHELD, StagingColumns(p));
	return psprintf("WITH taken AS (DELETE FROM %s WHERE %s RETURNING *)\n"
					"INSERT INTO %s SELECT * FROM taken", PipelineStaging(p), condition,
					WorkTable(p, WITHHELD));
}

char *
WithheldRows(const Pipeline *p)
{
	return WorkTableIsUsed(p, WITHHELD) ? WorkTable(p, WITHHELD) : NULL;
}

void
WithheldForget(const Pipeline *p)
{
	WorkTableEnd(p, WITHHELD);
}
