#include "base/compat.h"
#include "merge/sequence.h"

#include "access/transam.h"
#include "base/sql.h"
#include "catalog/staged.h"
#include "check/quarantine.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static bool
InList(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

static void
CheckColumn(Oid source, List *key, const char *column)
{
	AttrNumber	attnum = get_attnum(source, column);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("sequence_by column \"%s\" is not a column of %s", column,
						QuotedRelation(source))));
	if (InList(key, column))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sequence_by column \"%s\" is part of the key", column),
				 errdetail("Two rows of one key have the same value in it, so it orders "
						   "nothing.")));
}

/* search_path is pg_catalog, where "<" of an extension's type is not found. */
static void
CheckHasOrder(Oid source, const char *column)
{
	Oid			type = getBaseType(get_atttype(source, get_attnum(source, column)));
	Oid			less = lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr;

	if (OidIsValid(less) && less < FirstNormalObjectId)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("sequence_by column \"%s\" has type %s, which has no order of its own",
					column, format_type_be(type)),
			 errhint("Use a column that is a time, a number or text.")));
}

void
SequenceCheck(Oid source, List *key, List *sequence_by)
{
	ListCell   *lc;

	foreach(lc, sequence_by)
	{
		CheckColumn(source, key, lfirst(lc));
		CheckHasOrder(source, lfirst(lc));
	}
}

static const char *
Collation(const MergeShape *shape, int n)
{
	Oid			source = shape->pipeline->source;
	AttrNumber	attnum = get_attnum(source, list_nth(shape->pipeline->sequence_by, n));

	return OidIsValid(get_typcollation(get_atttype(source, attnum))) ? " COLLATE \"C\"" : "";
}

char *
SequenceList(const MergeShape *shape, int first, const char *alias, const char *suffix)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = first; i < list_length(shape->sequence); i++)
		appendStringInfo(&list, "%s%s%s%s%s%s", list.len > 0 ? ", " : "", alias ? alias : "",
						 alias ? "." : "", ((MergeColumn *) list_nth(shape->sequence, i))->name,
						 Collation(shape, i), suffix);
	return list.data;
}

/* CASE WHEN a IS NULL THEN 'a' ... END: the first column that is missing. */
static char *
FirstNullColumn(const MergeShape *shape)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CASE");
	foreach(lc, shape->pipeline->sequence_by)
		appendStringInfo(&sql, " WHEN %s IS NULL THEN %s", quote_identifier(lfirst(lc)),
						 quote_literal_cstr(lfirst(lc)));
	appendStringInfoString(&sql, " END");
	return sql.data;
}

static Offence *
NullSequenceOffence(const char *column)
{
	Offence    *offence = palloc0(sizeof(Offence));

	offence->reason = "null_sequence";
	offence->column = column;
	offence->message = psprintf("sequence_by column \"%s\" is null", column);
	return offence;
}

int64
QuarantineUnordered(const MergeShape *shape, int64 run_id)
{
	const Pipeline *p = shape->pipeline;
	StagedBatch *batch;
	BadRows    *bad;
	char	   *missing;
	Sql			q;

	if (shape->sequence == NIL)
		return 0;
	batch = StagedRead(p);
	missing = FirstNullColumn(shape);
	SqlBegin(&q, psprintf("SELECT ctid, %s FROM %s WHERE %s IS NOT NULL", missing,
						  shape->staging, missing));
	SqlRun(&q, p->owner);
	bad = BadRowsBegin();
	for (uint64 i = 0; i < q.processed; i++)
		BadRowsAdd(bad, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)),
				   NullSequenceOffence(SqlText(&q, i, 2)));
	SqlDone(&q);
	if (bad->count == 0)
		return 0;

	BadRowsQuarantine(bad, p, run_id, batch ? batch->batch : 1, "merge");
	BadRowsDelete(bad, p);
	return bad->count;
}

int64
SequenceTies(const MergeShape *shape)
{
	Sql			q;
	int64		ties;
	char	   *row = psprintf("ROW(%s)::text", Comparable(shape, NULL));

	if (shape->sequence == NIL)
		return 0;
	SqlBegin(&q, psprintf("SELECT count(*) FROM (SELECT FROM %s GROUP BY %s, %s\n"
						  "\tHAVING min(%s COLLATE \"C\") <> max(%s COLLATE \"C\")) AS tie",
						  shape->staging,
						  ColumnList(shape->keys, NULL), SequenceList(shape, 0, NULL, ""),
						  row, row));
	SqlRun(&q, shape->pipeline->owner);
	ties = SqlInt8(&q, 0, 1, NULL);
	SqlDone(&q);
	return ties;
}
