/*
 * withheld.c
 *	  Keep rows that were taken out of a staged batch until it has landed.
 *
 * They are in a work table with the columns of the staging table.
 */
#include "base/compat.h"
#include "load/withheld.h"

#include "access/relation.h"
#include "base/item_list.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "load/staging.h"
#include "load/work.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#define WITHHELD "withheld"

static char *
StagingColumns(const Pipeline *p)
{
	Relation	rel = RelationOpen(StagingRelation(p), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped)
			AppendItem(&columns, ", ", "%s %s", quote_identifier(NameStr(att->attname)),
					   ColumnType(att));
	}
	relation_close(rel, NoLock);
	return columns.data;
}

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
