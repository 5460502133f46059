/*
 * kept_value.c
 *	  Find values that an update leaves as they are.
 *
 * Values of long rows are remembered for as long as there is memory for them. What was forgotten is
 * read from the staging table, which has no index, but only where a filter says that the row may be
 * there; all else from the target.
 */
#include "base/compat.h"
#include "source/logical/kept_value.h"

#include "base/handle.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "source/logical/logical_source.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* A row whose values are shorter in all is stored in one piece. */
#define LONG_ROW 400

#define MEMORY (16 * 1024 * 1024)
#define FILTER_BITS (8 * 1024 * 1024)

/* What is remembered of a row. */
typedef struct KeptRow
{
	uint64		key;			/* hash of the key's values */
	char	   *text;			/* of the key, to tell equal hashes apart */
	OutputValue *values;		/* by change */
} KeptRow;

/* How rows that lack these values are looked up, planned for the tables as they are during a fill. */
typedef struct Lookup
{
	bool		in_staging;
	List	   *changes;		/* the lacking ones, of type int */
	char	   *text;
	SPIPlanPtr	plan;			/* NULL: not yet */
} Lookup;

struct KeptValues
{
	const SourceDefinition *def;
	const LogicalSource *source;
	MemoryContext lookup_cxt;
	List	   *lookups;		/* Lookup * */
	MemoryContext cxt;			/* of what is remembered */
	HTAB	   *rows;
	uint8	   *filter;			/* rows that are staged; NULL: none are known */
	const int  *column_of;
};

/* ---- memory ---- */

static void
Forget(KeptValues *k)
{
	HASHCTL		ctl = {.keysize = sizeof(uint64), .entrysize = sizeof(KeptRow)};

	MemoryContextReset(k->cxt);
	ctl.hcxt = k->cxt;
	k->rows = hash_create("elt kept values", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

KeptValues *
KeptValuesCreate(const SourceDefinition *def)
{
	KeptValues *k = palloc0(sizeof(KeptValues));

	k->def = def;
	k->source = def->own;
	k->cxt = AllocSetContextCreate(CurrentMemoryContext, "elt kept values", ALLOCSET_DEFAULT_SIZES);
	k->lookup_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt lookups", ALLOCSET_SMALL_SIZES);
	Forget(k);
	return k;
}

void
KeptValuesMap(KeptValues *k, const int *column_of)
{
	k->column_of = column_of;
}

void
KeptValuesBeginBatch(KeptValues *k)
{
	if (k->filter != NULL)
		memset(k->filter, 0, FILTER_BITS / 8);
	if (hash_get_num_entries(k->rows) > 0)
		Forget(k);
}

static void
EndLookups(KeptValues *k)
{
	MemoryContextReset(k->lookup_cxt);
	k->lookups = NIL;
}

void
KeptValuesBeginFill(KeptValues *k)
{
	EndLookups(k);
	if (MemoryContextMemAllocated(k->cxt, true) > MEMORY)
		Forget(k);
}

/* ---- keys ---- */

/* The values of the key, each with its length; NULL: the tuple does not have them. */
static char *
KeyText(const KeptValues *k, const OutputTuple *tuple)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < k->source->nchanges; i++)
	{
		int			at = k->column_of[i];

		if (!k->source->changes[i].is_key)
			continue;
		if (at < 0 || at >= tuple->count || tuple->values[at].kind != OUTPUT_TEXT)
			return NULL;
		appendStringInfo(&text, "%d:", tuple->values[at].len);
		appendBinaryStringInfo(&text, tuple->values[at].text, tuple->values[at].len);
	}
	return text.len > 0 ? text.data : NULL;
}

static uint64
HashOf(const char *text)
{
	return hash_bytes_extended((const unsigned char *) text, strlen(text), 0);
}

static uint32
FilterBit(uint64 key, int n)
{
	return (uint32) (n == 0 ? key : key >> 32) % FILTER_BITS;
}

static void
AddToFilter(KeptValues *k, uint64 key)
{
	if (k->filter == NULL)
		k->filter = MemoryContextAllocZero(GetMemoryChunkContext(k), FILTER_BITS / 8);
	for (int n = 0; n < 2; n++)
		k->filter[FilterBit(key, n) / 8] |= 1 << (FilterBit(key, n) % 8);
}

static bool
MayBeStaged(const KeptValues *k, uint64 key)
{
	for (int n = 0; n < 2; n++)
		if (k->filter == NULL || !(k->filter[FilterBit(key, n) / 8] & (1 << (FilterBit(key, n) % 8))))
			return false;
	return true;
}

/* ---- remembering ---- */

static bool
IsLong(const OutputTuple *tuple)
{
	int64		len = 0;

	for (int i = 0; i < tuple->count; i++)
		if (tuple->values[i].kind == OUTPUT_TEXT)
			len += tuple->values[i].len;
		else if (tuple->values[i].kind == OUTPUT_UNCHANGED)
			return true;
	return len >= LONG_ROW;
}

static OutputValue
CopyOf(const OutputValue *value)
{
	OutputValue copy = *value;

	if (copy.kind == OUTPUT_TEXT)
		copy.text = pnstrdup(value->text, value->len);
	return copy;
}

static void
Remember(KeptValues *k, KeptRow *row, const OutputTuple *tuple)
{
	MemoryContext old = MemoryContextSwitchTo(k->cxt);

	row->values = palloc0(sizeof(OutputValue) * k->source->nchanges);
	for (int i = 0; i < k->source->nchanges; i++)
	{
		int			at = k->column_of[i];

		row->values[i].kind = OUTPUT_UNCHANGED;
		if (at >= 0 && at < tuple->count)
			row->values[i] = CopyOf(&tuple->values[at]);
	}
	MemoryContextSwitchTo(old);
}

void
KeptValuesNote(KeptValues *k, const OutputTuple *tuple)
{
	KeptRow    *row;
	char	   *text;
	uint64		key;
	bool		found;

	if (!IsLong(tuple))
		return;
	text = KeyText(k, tuple);
	if (text == NULL)
		return;
	key = HashOf(text);
	AddToFilter(k, key);
	row = hash_search(k->rows, &key, HASH_ENTER, &found);
	row->text = MemoryContextStrdup(k->cxt, text);
	Remember(k, row, tuple);
	pfree(text);
}

/* ---- looking up ---- */

static void
AppendKeyCondition(StringInfo sql, const KeptValues *k)
{
	int			n = 0;

	for (int i = 0; i < k->source->nchanges; i++)
	{
		const ChangeColumn *column = &k->source->changes[i];

		if (!column->is_key)
			continue;
		n++;
		appendStringInfo(sql, "%s%s = $%d::%s", n > 1 ? " AND " : "",
						 quote_identifier(get_attname(k->def->relid, column->attnum, false)), n,
						 format_type_be_qualified(TupleDescAttr(k->def->desc, column->attnum - 1)->atttypid));
	}
}

static void
AddKey(Sql *q, const KeptValues *k, const OutputTuple *key)
{
	for (int i = 0; i < k->source->nchanges; i++)
	{
		const OutputValue *value;

		if (!k->source->changes[i].is_key)
			continue;
		value = &key->values[k->column_of[i]];
		SqlAddText(q, pnstrdup(value->text, value->len));
	}
}

static OutputValue
ValueOf(char *text)
{
	OutputValue value = {OUTPUT_NULL};

	if (text == NULL)
		return value;
	value.kind = OUTPUT_TEXT;
	value.text = text;
	value.len = strlen(text);
	return value;
}

static bool
IsUnknown(const KeptValues *k, const OutputTuple *tuple, int change)
{
	int			at = k->column_of[change];

	return at >= 0 && at < tuple->count && tuple->values[at].kind == OUTPUT_UNCHANGED;
}

/* The first change whose value the tuple lacks; -1: it has all. */
static int
FirstUnknown(const KeptValues *k, const OutputTuple *tuple)
{
	for (int i = 0; i < k->source->nchanges; i++)
		if (IsUnknown(k, tuple, i))
			return i;
	return -1;
}

/* All of them. */
static List *
UnknownChanges(const KeptValues *k, const OutputTuple *tuple)
{
	List	   *changes = NIL;

	for (int i = 0; i < k->source->nchanges; i++)
		if (IsUnknown(k, tuple, i))
			changes = lappend_int(changes, i);
	return changes;
}

static void
FillRemembered(const KeptValues *k, const char *text, uint64 hash, OutputTuple *tuple)
{
	const KeptRow *row = hash_search(k->rows, &hash, HASH_FIND, NULL);

	if (row == NULL || strcmp(row->text, text) != 0)
		return;
	for (int i = 0; i < k->source->nchanges; i++)
		if (IsUnknown(k, tuple, i))
			tuple->values[k->column_of[i]] = row->values[i];
}

/* Two columns may take the same value. */
static void
TakeValues(const KeptValues *k, Sql *q, List *changes, MemoryContext cxt, OutputTuple *tuple)
{
	ListCell   *lc;

	foreach(lc, changes)
	{
		char	   *text = SqlText(q, 0, foreach_current_index(lc) + 1);

		if (IsUnknown(k, tuple, lfirst_int(lc)))
			tuple->values[k->column_of[lfirst_int(lc)]] =
				ValueOf(text == NULL ? NULL : MemoryContextStrdup(cxt, text));
	}
}

static void
FreePlan(void *arg)
{
	Lookup	   *lookup = arg;

	if (lookup->plan != NULL)
		SPI_freeplan(lookup->plan);
}

/* From a table that has the columns of the source. */
static char *
LookupText(const KeptValues *k, bool in_staging, List *changes)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s FROM %s WHERE ", ChangeColumnNames(k->def, changes),
					 in_staging ? k->source->staging : k->source->target);
	AppendKeyCondition(&sql, k);
	if (in_staging)
		appendStringInfoString(&sql, " ORDER BY ctid DESC LIMIT 1");
	else if (k->source->keeps_history)
		appendStringInfoString(&sql, " AND is_current");
	return sql.data;
}

static Lookup *
NewLookup(KeptValues *k, bool in_staging, List *changes)
{
	MemoryContext old = MemoryContextSwitchTo(k->lookup_cxt);
	Lookup	   *lookup = palloc0(sizeof(Lookup));

	lookup->in_staging = in_staging;
	lookup->changes = list_copy(changes);
	lookup->text = LookupText(k, in_staging, changes);
	ReleaseWithContext(k->lookup_cxt, FreePlan, lookup);
	k->lookups = lappend(k->lookups, lookup);
	MemoryContextSwitchTo(old);
	return lookup;
}

static Lookup *
LookupOf(KeptValues *k, bool in_staging, const OutputTuple *tuple)
{
	List	   *changes = UnknownChanges(k, tuple);
	ListCell   *lc;

	foreach(lc, k->lookups)
	{
		Lookup	   *lookup = lfirst(lc);

		if (lookup->in_staging == in_staging && equal(lookup->changes, changes))
			return lookup;
	}
	return NewLookup(k, in_staging, changes);
}

static void
Read(KeptValues *k, bool in_staging, const OutputTuple *key, OutputTuple *tuple)
{
	MemoryContext cxt = CurrentMemoryContext;
	Lookup	   *lookup = LookupOf(k, in_staging, tuple);
	Sql			q;

	SqlBeginAs(&q, lookup->text, CURSOR_OPT_GENERIC_PLAN, &lookup->plan);
	AddKey(&q, k, key);
	if (SqlRun(&q, k->source->owner) > 0)
		TakeValues(k, &q, lookup->changes, cxt, tuple);
	SqlDone(&q);
}

int
KeptValuesFill(KeptValues *k, const OutputTuple *key, OutputTuple *tuple)
{
	int			first = FirstUnknown(k, tuple);
	char	   *text = first < 0 ? NULL : KeyText(k, key);
	uint64		hash;

	if (text == NULL || k->source->target == NULL)
		return first;
	hash = HashOf(text);
	FillRemembered(k, text, hash, tuple);
	if (FirstUnknown(k, tuple) >= 0 && MayBeStaged(k, hash))
		Read(k, true, key, tuple);
	if (FirstUnknown(k, tuple) >= 0)
		Read(k, false, key, tuple);
	return FirstUnknown(k, tuple);
}
