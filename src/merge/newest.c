/*
 * newest.c
 *	  Select the staged row of each key that counts.
 *
 * The rows of keys that repeat are sorted for it, alone where they are apart, else with all others.
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

/* The staging table, or the part of it that the facts describe, for FROM. */
static char *
StagedChunk(const MergeShape *shape, const BatchFacts *facts)
{
	if (!facts->is_chunk)
		return shape->staging;
	return psprintf("%s AS r\n\t\tWHERE %s", shape->staging, BatchRange(shape, facts, "r"));
}

/* The rows of a chunk for which a condition holds. */
static char *
StagedWhere(const MergeShape *shape, const BatchFacts *facts, const char *condition)
{
	return psprintf("%s %s", StagedChunk(shape, facts),
					psprintf(facts->is_chunk ? "AND %s" : "AS r\n\t\tWHERE %s", condition));
}

/* Of the rows of a key the one that comes first in this order. */
typedef struct Pick
{
	const char *alone;			/* columns of a row whose key has no other */
	const char *columns;		/* of the row that is picked */
	const char *window;			/* that they look into */
	const char *order;
} Pick;

static char *
OneOfEach(const MergeShape *shape, const Pick *pick, const char *from)
{
	char	   *keys = ColumnList(shape->keys, NULL);

	return psprintf("SELECT DISTINCT ON (%s) %s FROM %s%s\n\t\tORDER BY %s, %s", keys,
					pick->columns, from, pick->window, keys, pick->order);
}

static char *
AloneAndPicked(const MergeShape *shape, const BatchFacts *facts, const Pick *pick, bool sorted)
{
	char	   *rows = psprintf("SELECT %s FROM %s\n\t\tUNION ALL (%s)", pick->alone,
								StagedWhere(shape, facts, IsNotRepeated(facts->repeated)),
								OneOfEach(shape, pick,
										  StagedWhere(shape, facts, IsRepeated(facts->repeated))));

	if (!sorted)
		return psprintf("(%s) AS s", rows);
	return psprintf("(SELECT * FROM (%s) AS u\n\t\tORDER BY %s) AS s", rows,
					ColumnList(shape->keys, NULL));
}

static char *
PickedRows(const MergeShape *shape, const BatchFacts *facts, const Pick *pick, bool sorted)
{
	char	   *from = StagedChunk(shape, facts);

	if (facts->rows - facts->null_keys != facts->keys)
		return RepeatedRowsAreApart(facts->repeated)
			? AloneAndPicked(shape, facts, pick, sorted)
			: psprintf("(%s) AS s", OneOfEach(shape, pick, from));
	if (sorted)
		return psprintf("(SELECT %s FROM %s\n\t\tORDER BY %s) AS s", pick->alone, from,
						ColumnList(shape->keys, NULL));
	if (strcmp(pick->alone, "*") != 0 || facts->is_chunk)
		return psprintf("(SELECT %s FROM %s) AS s", pick->alone, from);
	return psprintf("%s AS s", shape->staging);
}

static char *
AllColumns(const MergeShape *shape)
{
	return psprintf("%s, _run_id, _loaded_at", ColumnList(shape->columns, NULL));
}

static const char *
WithDeleted(const MergeShape *shape, const char *columns)
{
	if (shape->deleted == NULL)
		return columns;
	return psprintf("%s, %s AS _deleted", columns, shape->deleted);
}

char *
NewestRows(const MergeShape *shape, const BatchFacts *facts, bool sorted)
{
	char	   *sequence = SequenceList(shape, 0, NULL, " DESC");
	bool		listed = !UpdatesAll(shape);
	bool		apart = RepeatedRowsAreApart(facts->repeated);
	Pick		pick = {
		.alone = WithDeleted(shape, listed && apart ? AllColumns(shape) : "*"),
		.columns = WithDeleted(shape, listed ? NewestColumns(shape) : "*"),
		.window = OldestWindow(shape, ColumnList(shape->keys, NULL)),
		.order = psprintf("%s%sctid DESC", sequence, *sequence ? ", " : "")
	};

	return PickedRows(shape, facts, &pick, sorted);
}

char *
FirstRows(const MergeShape *shape, const BatchFacts *facts)
{
	const Pick	pick = {.alone = "*", .columns = "*", .window = "", .order = "ctid"};

	return PickedRows(shape, facts, &pick, facts->probes);
}
