/*
 * newest.c
 *	  Select the newest staged row of each key.
 */
#include "base/compat.h"
#include "merge/newest.h"

#include "lib/stringinfo.h"
#include "merge/sequence.h"

/*
 * A key's newest row with what no update writes taken from its oldest one: what would be stored
 * if its rows had come in batches of their own.
 */
static char *
NewestColumns(const MergeShape *shape)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, shape->columns)
	{
		MergeColumn *column = lfirst(lc);

		if (column->key || list_member_ptr(shape->updates, column))
			appendStringInfo(&list, "%s, ", column->name);
		else
			appendStringInfo(&list, "first_value(%s) OVER oldest AS %s, ", column->name,
							 column->name);
	}
	appendStringInfoString(&list, "_run_id, _loaded_at");
	return list.data;
}

static bool
UpdatesAll(const MergeShape *shape)
{
	return list_length(shape->updates) == list_length(shape->values);
}

/* The window that NewestColumns looks into, or nothing. */
static char *
OldestWindow(const MergeShape *shape, const char *keys)
{
	char	   *sequence = SequenceList(shape, 0, NULL, "");

	if (UpdatesAll(shape))
		return "";
	return psprintf("\n\t\tWINDOW oldest AS (PARTITION BY %s ORDER BY %s%sctid)", keys, sequence,
					*sequence ? ", " : "");
}

char *
StagedChunk(const MergeShape *shape, const BatchFacts *facts)
{
	if (!facts->is_chunk)
		return shape->staging;
	return psprintf("%s AS r\n\t\tWHERE %s", shape->staging, BatchRange(shape, facts, "r"));
}

char *
NewestRows(const MergeShape *shape, const BatchFacts *facts, bool sorted)
{
	bool		repeats = facts->rows - facts->null_keys != facts->keys;
	char	   *keys = ColumnList(shape->keys, NULL);
	char	   *sequence = SequenceList(shape, 0, NULL, " DESC");
	char	   *from = StagedChunk(shape, facts);
	char	   *row = repeats && !UpdatesAll(shape) ? NewestColumns(shape) : "*";

	if (shape->deleted != NULL)
		row = psprintf("%s, %s AS _deleted", row, shape->deleted);
	if (repeats)
		return psprintf("(SELECT DISTINCT ON (%s) %s FROM %s%s\n"
						"\t\tORDER BY %s, %s%sctid DESC) AS s", keys, row, from,
						OldestWindow(shape, keys), keys, sequence, *sequence ? ", " : "");
	if (sorted)
		return psprintf("(SELECT %s FROM %s\n\t\tORDER BY %s) AS s", row, from, keys);
	if (shape->deleted != NULL || facts->is_chunk)
		return psprintf("(SELECT %s FROM %s) AS s", row, from);
	return psprintf("%s AS s", shape->staging);
}
