/*
 * long_key.c
 *	  Find staged rows whose key is too long for an index of the target.
 *
 * Only the index itself can decide: it compresses values in its own way. So its tuple is formed,
 * for the few rows whose key is not short.
 */
#include "base/compat.h"
#include "merge/long_key.h"

#include "access/genam.h"
#include "access/itup.h"
#include "access/nbtree.h"
#include "access/relation.h"
#include "base/attempt.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_am.h"
#include "lib/stringinfo.h"
#include "merge/batch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* A third of a page, as nbtree wants it. */
#define PAGE_OVERHEAD \
	(MAXALIGN(SizeOfPageHeaderData + 3 * sizeof(ItemIdData)) + MAXALIGN(sizeof(BTPageOpaqueData)))
#define MAX_INDEX_TUPLE \
	(MAXALIGN_DOWN((BLCKSZ - PAGE_OVERHEAD) / 3) - MAXALIGN(sizeof(ItemPointerData)))
/* What other columns of an index, times and numbers, add at most. */
#define OTHER_COLUMN_BYTES	16

typedef struct Candidate
{
	const MergeShape *shape;
	Relation	index;
	const Datum *key;			/* of the row at hand, in the key's order */
	const bool *isnull;
	Size		size;			/* of its index tuple */
} Candidate;

/* Place of a column in the key, or -1. */
static int
PlaceInKey(const MergeShape *shape, const char *column)
{
	List	   *key = shape->pipeline->key;

	for (int i = 0; i < list_length(key); i++)
		if (strcmp(list_nth(key, i), column) == 0)
			return i;
	return -1;
}

static char *
IndexedColumn(const Candidate *c, int n)
{
	return get_attname(c->shape->pipeline->target, c->index->rd_index->indkey.values[n], false);
}

static bool
HoldsKey(const Candidate *c)
{
	Form_pg_index index = c->index->rd_index;
	bool		holds = false;

	if (c->index->rd_rel->relam != BTREE_AM_OID || !index->indisvalid)
		return false;
	for (int i = 0; i < index->indnatts; i++)
	{
		if (index->indkey.values[i] <= 0)
			return false;
		holds |= PlaceInKey(c->shape, IndexedColumn(c, i)) >= 0;
	}
	return holds;
}

static void
FormTuple(void *arg)
{
	Candidate  *c = arg;
	Datum		values[INDEX_MAX_KEYS] = {0};
	bool		isnull[INDEX_MAX_KEYS];
	Size		others = 0;

	for (int i = 0; i < c->index->rd_index->indnatts; i++)
	{
		int			place = PlaceInKey(c->shape, IndexedColumn(c, i));

		isnull[i] = place < 0 || c->isnull[place];
		if (place < 0)
			others += OTHER_COLUMN_BYTES;
		else
			values[i] = c->key[place];
	}
	c->size = others +
		IndexTupleSize(index_form_tuple(RelationGetDescr(c->index), values, isnull));
}

/* A tuple that is too long for any index is not even made. */
static bool
Fits(Candidate *c)
{
	ErrorData  *error = Attempt(FormTuple, c);

	if (error == NULL)
		return c->size <= MAX_INDEX_TUPLE;
	if (error->sqlerrcode != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
		ReThrowError(error);
	FreeErrorData(error);
	return false;
}

/* Name of an index that cannot hold the key, or NULL. */
static char *
TooSmall(Candidate *c, List *indexes)
{
	char	   *name = NULL;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		c->index = index_open(lfirst_oid(lc), AccessShareLock);
		if (name == NULL && HoldsKey(c) && !Fits(c))
			name = pstrdup(RelationGetRelationName(c->index));
		index_close(c->index, AccessShareLock);
	}
	return name;
}

static char *
KeySize(const MergeShape *shape)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, shape->keys)
		AppendItem(&sql, " + ", "coalesce(pg_column_size(%s), 0)",
				   ((MergeColumn *) lfirst(lc))->name);
	return sql.data;
}

static void
ReadKey(Sql *q, uint64 row, int ncolumns, Datum *key, bool *isnull)
{
	for (int i = 0; i < ncolumns; i++)
		key[i] = SqlDatum(q, row, i + 2, &isnull[i]);
}

static Offence *
LongKey(const char *index)
{
	Offence    *offence = palloc0(sizeof(Offence));

	offence->reason = "long_key";
	offence->message = psprintf("key is too long for index \"%s\"", index);
	return offence;
}

static List *
IndexesOf(Oid target)
{
	Relation	rel = RelationOpen(target, AccessShareLock);
	List	   *indexes = RelationGetIndexList(rel);

	relation_close(rel, NoLock);
	return indexes;
}

BadRows *
LongKeyRows(const MergeShape *shape)
{
	int			n = list_length(shape->keys);
	BadRows    *bad = BadRowsBegin();
	List	   *indexes = IndexesOf(shape->pipeline->target);
	Datum	   *key = palloc(sizeof(Datum) * n);
	bool	   *isnull = palloc(sizeof(bool) * n);
	Candidate	c = {.shape = shape, .key = key, .isnull = isnull};
	Sql			q;

	SqlBegin(&q, OverStaged(shape, psprintf("SELECT ctid, %s FROM %s WHERE %s > %d",
											ColumnList(shape->keys, NULL), shape->staging,
											KeySize(shape), SHORT_KEY_BYTES)));
	SqlRun(&q, shape->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		char	   *index;

		ReadKey(&q, i, n, key, isnull);
		index = TooSmall(&c, indexes);
		if (index != NULL)
			BadRowsAdd(bad, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)),
					   LongKey(index));
	}
	SqlDone(&q);
	return bad;
}
