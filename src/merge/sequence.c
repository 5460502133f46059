/*
 * sequence.c
 *	  Compare two rows of one key by the columns of sequence_by.
 */
#include "base/compat.h"
#include "merge/sequence.h"

#include "access/transam.h"
#include "base/closest_name.h"
#include "base/item_list.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "merge/batch.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void
CheckColumn(Oid source, List *key, const char *column)
{
	AttrNumber	attnum = get_attnum(source, column);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("sequence_by column \"%s\" does not exist in source \"%s\"", column,
						RelationLabel(source)),
				 SourceColumnHint(column, source)));
	if (NamesContain(key, column))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sequence_by column \"%s\" is part of the key", column),
				 errdetail("All rows of a key have the same value in it, so it cannot order them.")));
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
			 errmsg("sequence_by column \"%s\" has type %s, which has no built-in ordering",
					column, format_type_be(type)),
			 errhint("Use a column of a date/time, numeric or text type.")));
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
		AppendItem(&list, ", ", "%s%s%s%s%s", alias ? alias : "", alias ? "." : "",
				   ((MergeColumn *) list_nth(shape->sequence, i))->name, Collation(shape, i),
				   suffix);
	return list.data;
}

BadRows *
UnorderedRows(const MergeShape *shape)
{
	if (shape->sequence == NIL)
		return BadRowsBegin();
	return NullRows(shape, shape->pipeline->sequence_by, "null_sequence", "sequence_by");
}
