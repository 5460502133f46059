/*
 * infer_key.c
 *	  Find keys: an identifier that no two records share, or two or three columns together.
 *
 * A sample proves no key. Names decide between columns that are all unique, and the doubt says in
 * how many records they were.
 */
#include "postgres.h"
#include "infer/infer_key.h"

#include "common/hashfn.h"
#include "infer/column_name.h"

#define MAX_CANDIDATES 12
#define LONGEST_KEY 200			/* bytes */
#define NO_KEY 100

static bool
IsTime(const InferredColumn *column)
{
	return strncmp(column->type, "timestamp", 9) == 0 || strcmp(column->type, "date") == 0;
}

static bool
IsFraction(const InferredColumn *column)
{
	const ValueFacts *facts = column->node->facts;

	return strcmp(column->type, "numeric") == 0 &&
		(facts->decimals > 0 || facts->classes[TEXT_DECIMAL] > 0);
}

/* Lower is likelier; NO_KEY: it cannot be part of one. */
static int
Rank(const InferredColumn *column)
{
	const ShapeNode *node = column->node;
	int			said = NameSaysKey(column->name);

	if (node == NULL || node->facts == NULL || !ShapeIsScalar(node) || node->nulls > 0)
		return NO_KEY;
	if (node->facts->classes[TEXT_EMPTY] > 0 || node->facts->classes[TEXT_NULL_WORD] > 0 ||
		node->facts->longest > LONGEST_KEY || strcmp(column->type, "boolean") == 0 ||
		strcmp(column->type, "jsonb") == 0 || IsFraction(column))
		return NO_KEY;
	if (said > 0)
		return said;
	if (NameSaysCode(column->name))
		return 3;
	if (IsTime(column))
		return 5;
	return strcmp(column->type, "text") == 0 ? 4 : 6;
}

/* ---- is a combination unique in all records? ---- */

static int
CompareHashes(const void *a, const void *b)
{
	uint64		one = *(const uint64 *) a;
	uint64		other = *(const uint64 *) b;

	return one < other ? -1 : one > other;
}

static bool
AreDistinct(uint64 *hashes, int n)
{
	qsort(hashes, n, sizeof(uint64), CompareHashes);
	for (int i = 1; i < n; i++)
		if (hashes[i] == hashes[i - 1])
			return false;
	return true;
}

/* One value in each of the first n records. */
static bool
HasEach(const InferredColumn *column, int n)
{
	const ValueFacts *facts = column->node->facts;

	if (facts->nidentities < n)
		return false;
	for (int i = 0; i < n; i++)
		if (facts->identities[i].record != i + 1)
			return false;
	return true;
}

/* Columns that have a value in each of them. */
static bool
IsUnique(List *columns, int n)
{
	uint64	   *hashes = palloc0(sizeof(uint64) * Max(n, 1));
	bool		result;
	ListCell   *lc;

	foreach(lc, columns)
	{
		const InferredColumn *column = lfirst(lc);

		for (int i = 0; i < n; i++)
			hashes[i] = hash_combine64(hashes[i], column->node->facts->identities[i].hash);
	}
	result = AreDistinct(hashes, n);
	pfree(hashes);
	return result;
}

static int
CheckedRecords(const InferredTable *table)
{
	return (int) Min(table->record->seen, FACTS_IDENTITIES);
}

/* ---- candidates ---- */

static int
CompareRanks(const ListCell *a, const ListCell *b)
{
	return Rank(lfirst(a)) - Rank(lfirst(b));
}

/* Columns of the record itself, the likeliest first. */
static List *
Candidates(const InferredTable *table)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, table->columns)
	{
		InferredColumn *column = lfirst(lc);

		if (!column->zipped && !column->anchored && Rank(column) < NO_KEY &&
			HasEach(column, CheckedRecords(table)))
			result = lappend(result, column);
	}
	list_sort(result, CompareRanks);
	return list_truncate(result, MAX_CANDIDATES);
}

/* The first one whose rank is below limit. */
static List *
SingleKey(const InferredTable *table, List *candidates, int limit)
{
	ListCell   *lc;

	foreach(lc, candidates)
		if (Rank(lfirst(lc)) < limit && IsUnique(list_make1(lfirst(lc)), CheckedRecords(table)))
			return list_make1(lfirst(lc));
	return NIL;
}

/* The first key of chosen and as many more candidates, of those from a place on. */
static List *
JointKey(const InferredTable *table, List *candidates, List *chosen, int from, int more)
{
	List	   *key = NIL;

	if (more == 0)
		return IsUnique(chosen, CheckedRecords(table)) ? chosen : NIL;
	for (int i = from; key == NIL && i < list_length(candidates); i++)
		key = JointKey(table, candidates, lappend(list_copy(chosen), list_nth(candidates, i)), i + 1,
					   more - 1);
	return key;
}

static List *
KeyOfRecords(const InferredTable *table)
{
	List	   *candidates = Candidates(table);
	List	   *key = SingleKey(table, candidates, 4);

	if (key == NIL && table->record->seen > 1)
		key = SingleKey(table, candidates, 5);
	for (int columns = 2; key == NIL && columns <= 3; columns++)
		key = JointKey(table, candidates, NIL, 0, columns);
	return key != NIL ? key : SingleKey(table, candidates, NO_KEY);
}

/* ---- arrays side by side ---- */

/* No two elements of one array are equal. */
static bool
IsUniqueWithin(const InferredColumn *column)
{
	const ValueFacts *facts = column->node->facts;
	uint64	   *hashes = palloc(sizeof(uint64) * Max(facts->nidentities, 1));
	bool		result;

	for (int i = 0; i < facts->nidentities; i++)
		hashes[i] = hash_combine64(facts->identities[i].hash, facts->identities[i].record);
	result = AreDistinct(hashes, facts->nidentities);
	pfree(hashes);
	return result;
}

static InferredColumn *
ZippedKey(const InferredTable *table)
{
	InferredColumn *best = NULL;
	ListCell   *lc;

	foreach(lc, table->columns)
	{
		InferredColumn *column = lfirst(lc);

		if (!column->zipped || Rank(column) == NO_KEY || !IsUniqueWithin(column))
			continue;
		if (best == NULL || (IsTime(column) && !IsTime(best)))
			best = column;
	}
	return best;
}

static List *
KeyOfZip(const InferredTable *table)
{
	InferredColumn *element = ZippedKey(table);
	List	   *key = NIL;

	if (element == NULL)
		return NIL;
	if (table->record->parent != NULL)
	{
		key = KeyOfRecords(table);
		if (key == NIL)
			return NIL;
	}
	return lappend(key, element);
}

/* ---- children ---- */

static char *
Singular(const char *name)
{
	size_t		len = strlen(name);

	if (len > 3 && name[len - 1] == 's' && name[len - 2] != 's')
		return pnstrdup(name, len - 1);
	return pstrdup(name);
}

/* The last word of the table's name and the column: order_id. */
static char *
NameInChild(const InferredTable *parent, const InferredColumn *column)
{
	if (NameSaysKey(column->name) != 1)
		return column->name;
	return psprintf("%s_%s", Singular(parent->name), column->name);
}

static List *
AddParentKey(InferredTable *child)
{
	List	   *key = NIL;
	ListCell   *lc;

	foreach(lc, child->parent->key)
	{
		const InferredColumn *theirs = lfirst(lc);
		InferredColumn *column = LayoutAddColumn(child, NameInChild(child->parent, theirs));

		column->type = theirs->type;
		column->options = theirs->options;
		column->path = theirs->anchored && theirs->path != NULL ? theirs->path :
			LayoutPath(theirs->node);
		column->node = theirs->node;
		column->anchored = true;
		key = lappend(key, column);
	}
	return key;
}

/* An identifier within the list, else the position in it. */
static InferredColumn *
OwnKey(InferredTable *child)
{
	List	   *single = SingleKey(child, Candidates(child), 4);
	InferredColumn *column;

	if (single != NIL)
		return linitial(single);
	column = LayoutAddColumn(child, "position");
	column->type = "integer";
	column->options = list_make1("lineage 'index'");
	return column;
}

/* What an index in a list tells of cannot be read from within a list below it. */
static bool
CanBeKeyOfChildren(List *key)
{
	ListCell   *lc;

	foreach(lc, key)
		if (((InferredColumn *) lfirst(lc))->node == NULL)
			return false;
	return key != NIL;
}

static void
SetChildKey(InferredTable *child)
{
	bool		has_parent = CanBeKeyOfChildren(child->parent->key);
	List	   *key = has_parent ? AddParentKey(child) : NIL;

	LayoutAddFields(child, NIL);
	if (has_parent)
		child->key = lappend(key, OwnKey(child));
}

static char *
Doubt(const InferredTable *table)
{
	if (table->key == NIL)
		return "no column and no three of them are unique";
	if (table->parent != NULL)
		return NULL;
	if (table->record->seen == 1 && !table->has_zip)
		return "the sample has one record, in which everything is unique";
	if (table->has_zip)
		return psprintf("unique in the arrays of " INT64_FORMAT " of " INT64_FORMAT " records",
						table->record->seen, table->record->seen);
	return psprintf("unique in %d of " INT64_FORMAT " records", CheckedRecords(table),
					table->record->seen);
}

void
InferKeys(List *tables)
{
	ListCell   *lc;
	ListCell   *part;

	foreach(lc, tables)
	{
		InferredTable *table = lfirst(lc);

		if (table->parent != NULL)
			SetChildKey(table);
		else
			table->key = table->has_zip ? KeyOfZip(table) : KeyOfRecords(table);
		foreach(part, table->key)
			((InferredColumn *) lfirst(part))->is_key = true;
		table->key_doubt = Doubt(table);
	}
}

/* ---- times ---- */

InferredColumn *
InferCursor(const InferredTable *table)
{
	static const char *const words[] = {
		"updated_at", "updated", "modified_at", "modified", "last_modified", "last_updated", "changed_at",
		"update_time", "date_modified", "updated_time", "date_modified_gmt", "last_update"
	};
	ListCell   *lc;

	if (table->has_zip)
		return NULL;
	for (int i = 0; i < lengthof(words); i++)
		foreach(lc, table->columns)
		{
			InferredColumn *column = lfirst(lc);

			if (IsTime(column) && !column->anchored && strcmp(column->name, words[i]) == 0)
				return column;
		}
	return NULL;
}

InferredColumn *
InferTimeColumn(const InferredTable *table)
{
	ListCell   *lc;

	foreach(lc, table->columns)
		if (((InferredColumn *) lfirst(lc))->zipped && IsTime(lfirst(lc)))
			return lfirst(lc);
	foreach(lc, table->columns)
		if (IsTime(lfirst(lc)) && ((InferredColumn *) lfirst(lc))->is_key)
			return lfirst(lc);
	foreach(lc, table->columns)
		if (IsTime(lfirst(lc)))
			return lfirst(lc);
	return NULL;
}
