/*
 * row_order.c
 *	  Choose the order in which the rows of a partition compress best.
 *
 * The table itself has the same size in any order. What is compressed is what lies below and beside it:
 * file systems, backups, archives. Neighbours that resemble each other make the difference there, which
 * is measured on rows that lie together.
 */
#include "base/compat.h"
#include "partition/row_order.h"

#include <zstd.h>

#include "access/relation.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#define KEY_MUST_SAVE 0.1

void
RowOrderCheckName(const char *name)
{
	if (name == NULL || strcmp(name, "time") == 0 || strcmp(name, "key") == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for parameter \"order_by\": \"%s\"", name),
			 errhint("Valid values are \"time\" and \"key\".")));
}

List *
OtherKeyColumns(Oid part, const char *column)
{
	Sql			q;

	SqlBegin(&q, "select a.attname::text from (select i.indexrelid, i.indrelid, i.indkey, "
			 "i.indnkeyatts from pg_index i join pg_class c on c.oid = i.indexrelid "
			 "join pg_am m on m.oid = c.relam "
			 "where i.indrelid = $1 and m.amname = 'btree' and i.indexprs is null "
			 "and i.indpred is null order by i.indisprimary desc, i.indisunique desc, "
			 "i.indnkeyatts desc, i.indexrelid limit 1) i, "
			 "unnest(i.indkey::int2[]) with ordinality k(attnum, n) "
			 "join pg_attribute a on a.attnum = k.attnum "
			 "where a.attrelid = $1 and n <= i.indnkeyatts and a.attname <> $2 order by n");
	SqlAddOid(&q, OIDOID, part);
	SqlAddName(&q, column);
	return SqlDoTexts(&q, AsCatalog());
}

char *
SampleClause(Oid part)
{
	Relation	table = RelationOpen(part, AccessShareLock);
	BlockNumber npages = RelationGetNumberOfBlocks(table);
	BlockNumber first = npages > SAMPLE_PAGES ? (npages - SAMPLE_PAGES) / 2 : 0;

	relation_close(table, AccessShareLock);
	return psprintf("FROM ONLY %s AS elt_sample WHERE ctid >= '(%u,0)'::tid "
					"AND ctid < '(%u,0)'::tid", QuotedRelation(part), first, first + SAMPLE_PAGES);
}

static int64
CompressedSize(const char *text)
{
	size_t		len = strlen(text);
	size_t		room = ZSTD_compressBound(len);
	char	   *packed = MemoryContextAllocHuge(CurrentMemoryContext, room);
	size_t		size = ZSTD_compress(packed, room, text, len, 1);

	pfree(packed);
	return ZSTD_isError(size) ? (int64) len : (int64) size;
}

static void
Measure(Oid part, RowOrder *order)
{
	Sql			q;
	char	   *text;

	SqlBegin(&q, psprintf("SELECT string_agg(ROW(elt_sample.*)::text, E'\\n' ORDER BY %s) %s",
						  QuotedColumns(order->columns, "elt_sample"), SampleClause(part)));
	text = SqlDoText(&q, RelationOwner(part));
	order->sample_bytes = text == NULL ? 0 : CompressedSize(text);
}

static RowOrder *
NewOrder(const char *name, List *columns)
{
	RowOrder   *order = palloc(sizeof(RowOrder));

	order->name = name;
	order->columns = columns;
	order->sample_bytes = -1;
	return order;
}

RowOrder *
RowOrderOf(Oid part, const char *column, const char *name)
{
	List	   *others = OtherKeyColumns(part, column);
	RowOrder   *by_time = NewOrder("time", lcons(pstrdup(column), list_copy(others)));
	RowOrder   *by_key = NewOrder("key", lappend(list_copy(others), pstrdup(column)));

	if (name != NULL)
		return strcmp(name, "key") == 0 ? by_key : by_time;
	if (others == NIL)
		return by_time;
	Measure(part, by_time);
	Measure(part, by_key);
	return by_key->sample_bytes < by_time->sample_bytes * (1 - KEY_MUST_SAVE) ? by_key : by_time;
}
