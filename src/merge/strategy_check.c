#include "base/compat.h"
#include "merge/strategy_check.h"

#include "base/sql.h"
#include "utils/lsyscache.h"

static void
CheckSubsetColumn(const Pipeline *p, const char *argument, const char *column)
{
	if (get_attnum(p->source, column) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("%s column \"%s\" is not a column of %s", argument, column,
						QuotedRelation(p->source))));
	if (NamesContain(p->key, column))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s column \"%s\" is part of the key", argument, column),
				 errdetail("The key finds the row, so no update writes it."),
				 errhint("Leave it out.")));
}

static void
CheckSubset(const Pipeline *p, const char *argument, List *columns)
{
	ListCell   *lc;

	if (columns != NIL && strcmp(p->strategy, "upsert") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs strategy \"upsert\"", argument),
				 errdetail("Strategy \"%s\" does not update single columns of a row.",
						   p->strategy)));
	foreach(lc, columns)
		CheckSubsetColumn(p, argument, lfirst(lc));
}

void
UpdateColumnsCheck(const Pipeline *p)
{
	ListCell   *lc;

	if (p->update_columns != NIL && p->insert_only_columns != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("update_columns and insert_only_columns cannot be given together"),
				 errhint("Name the columns that an update writes, or those that it leaves.")));
	CheckSubset(p, "update_columns", p->update_columns);
	CheckSubset(p, "insert_only_columns", p->insert_only_columns);
	foreach(lc, p->insert_only_columns)
		if (NamesContain(p->sequence_by, lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("insert_only_columns column \"%s\" is part of sequence_by",
							(char *) lfirst(lc)),
					 errdetail("A sequence that stood still would let late rows pass as newer "
							   "ones."),
					 errhint("Leave it out.")));
}
