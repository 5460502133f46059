/*
 * change_order.c
 *	  The order of what is logged where triggers are called in another one than that of the changes.
 *
 * Changes are logged at the end of a statement. Of one that inserts, updates and deletes the trigger for
 * inserts is called first, and statements of triggers for each row end before that which they belong to.
 * What is later for a key, but logged already, gets new numbers.
 */
#include "base/compat.h"
#include "change/change_order.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

/* The row with the key of l in another relation, as a condition. */
static char *
KeyIn(const ChangeLog *log, const char *relation)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, log->key)
		AppendItem(&sql, " AND ", "o.%1$s = l.%1$s", quote_identifier(lfirst(lc)));
	return psprintf("EXISTS (SELECT FROM %s AS o WHERE %s)", relation, sql.data);
}

/* The last change of the key of each row. */
static char *
LastOfKey(const ChangeLog *log)
{
	return psprintf(", first_value(_change) OVER (PARTITION BY %s ORDER BY _change_id DESC) AS _last",
					QuotedColumns(log->key, NULL));
}

/* rows: a condition for rows l, which have the further columns. */
static void
Move(const ChangeLog *log, int64 commit_id, int64 after, int64 before, const char *further,
	 const char *rows)
{
	const char *name = QuotedRelation(log->log);
	Sql			q;

	SqlBegin(&q, psprintf("UPDATE %s AS moved SET _change_id = numbered.number FROM (\n"
						  "\tSELECT _change_id, nextval(%u::oid::regclass) AS number FROM (\n"
						  "\t\tSELECT l._change_id FROM (SELECT *%s FROM %s\n"
						  "\t\t\tWHERE _commit_id = $1 AND _change_id > $2 AND _change_id < $3) AS l\n"
						  "\t\tWHERE %s ORDER BY l._change_id) AS found) AS numbered\n"
						  "WHERE moved._commit_id = $1 AND moved._change_id > $2 AND moved._change_id < $3 "
						  "AND moved._change_id = numbered._change_id",
						  name, log->numbers, further, name, rows));
	SqlAddInt8(&q, commit_id);
	SqlAddInt8(&q, after);
	SqlAddInt8(&q, before);
	SqlDo(&q, RelationOwner(log->log));
}

void
ChangesMoveAdded(const ChangeLog *log, int64 commit_id, int64 after, int64 before)
{
	if (log->key != NIL)
		Move(log, commit_id, after, before, "",
			 psprintf("l._change IN ('i', 'a', '+') AND %s", KeyIn(log, "elt_old")));
}

/*
 * What was done to a row that the statement had found is later than the statement. Of a row that it has
 * added, it may have been done before, to make place for it: then the row that it left off with is
 * gone, and there is one.
 */
void
ChangesMoveNested(const ChangeLog *log, int64 commit_id, const StatementChanges *statement,
				  bool has_old, bool has_new)
{
	StringInfoData rows;

	if (log->key == NIL)
		return;
	initStringInfo(&rows);
	if (has_old)
		AppendItem(&rows, " OR ", "%s", KeyIn(log, "elt_old"));
	if (has_new)
		AppendItem(&rows, " OR ", "%s AND NOT (l._last IN ('b', 'd', '-') AND %s)",
				   KeyIn(log, "elt_new"), KeyIn(log, QuotedRelation(log->relation)));
	if (rows.len > 0)
		Move(log, commit_id, statement->nested, statement->begin, LastOfKey(log), rows.data);
}
