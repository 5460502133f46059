/*
 * change_erase.c
 *	  Erase rows from a change log: consumers are told that they are gone, and nothing else is kept.
 */
#include "base/compat.h"
#include "change/change_erase.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "change/change_commit.h"
#include "change/change_view.h"
#include "commands/sequence.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

int64
ChangesForget(const ChangeLog *log, const char *condition)
{
	return SqlExec(psprintf("DELETE FROM %s AS t WHERE %s", QuotedRelation(log->log), condition),
				   RelationOwner(log->log));
}

int64
ChangesMark(const ChangeLog *log)
{
	return nextval_internal(log->numbers, false);
}

static char *
OthersToNull(const ChangeLog *log)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, ColumnNames(log->relation))
		if (!NamesContain(log->key, lfirst(lc)))
			AppendItem(&sql, ", ", "%s = NULL", quote_identifier(lfirst(lc)));
	return sql.data;
}

/* What such a delete has removed is in no earlier state of the target either. */
void
ChangesBlank(const ChangeLog *log, int64 mark)
{
	Sql			q;

	if (!ChangedHere(log->relation))
		return;
	SqlBegin(&q, psprintf("UPDATE %s SET _change = 'e', %s WHERE _commit_id = $1 AND _change_id > $2 "
						  "AND _change IN ('d', '-')", QuotedRelation(log->log), OthersToNull(log)));
	SqlAddInt8(&q, ChangeCommitId(log));
	SqlAddInt8(&q, mark);
	SqlDo(&q, RelationOwner(log->log));
}
