/*
 * parquet_write_index.c
 *	  The indexes of the pages of a column chunk: what they hold, and where they are.
 */
#include "base/compat.h"
#include "parquet/parquet_write_footer.h"

#include "parquet/thrift_write.h"

static const WrittenPage *
PageAt(const ColumnWriter *column, int i)
{
	return list_nth(column->pages, i);
}

static bool
IsNullPage(const WrittenPage *page)
{
	return page->nulls == page->nlevels;
}

/* Of pages with values; those without have no place in an order. */
static ParquetBoundaryOrder
OrderOf(const ColumnWriter *column)
{
	const WrittenPage *before = NULL;
	bool		ascends = true;
	bool		descends = true;
	ListCell   *lc;

	foreach(lc, column->pages)
	{
		const WrittenPage *page = lfirst(lc);
		int			min;
		int			max;

		if (IsNullPage(page))
			continue;
		if (before != NULL)
		{
			min = BoundCompare(column->order, &before->bounds.min, &page->bounds.min);
			max = BoundCompare(column->order, &before->bounds.max, &page->bounds.max);
			ascends &= min <= 0 && max <= 0;
			descends &= min >= 0 && max >= 0;
		}
		before = page;
	}
	return ascends ? PARQUET_ASCENDING : descends ? PARQUET_DESCENDING : PARQUET_UNORDERED;
}

static void
AddBounds(ThriftWriter *t, const ColumnWriter *column, int field)
{
	int			n = list_length(column->pages);

	ThriftAddList(t, field, THRIFT_BINARY, n);
	for (int i = 0; i < n; i++)
	{
		const WrittenPage *page = PageAt(column, i);
		const Bound *bound = field == 2 ? &page->bounds.min : &page->bounds.max;

		ThriftAddItemBytes(t, bound->data, IsNullPage(page) ? 0 : bound->len);
	}
}

void
ParquetWriteColumnIndex(const ColumnWriter *column, WriteBuffer *to)
{
	int			n = list_length(column->pages);
	ThriftWriter t;

	ThriftWriteBegin(&t, to);
	ThriftAddList(&t, 1, THRIFT_TRUE, n);
	for (int i = 0; i < n; i++)
		ThriftAddItemBool(&t, IsNullPage(PageAt(column, i)));
	AddBounds(&t, column, 2);
	AddBounds(&t, column, 3);
	ThriftAddInt(&t, 4, OrderOf(column));
	ThriftAddList(&t, 5, THRIFT_I64, n);
	for (int i = 0; i < n; i++)
		ThriftAddItemInt(&t, PageAt(column, i)->nulls);
	ThriftWriteEnd(&t);
}

void
ParquetWriteOffsetIndex(const ColumnWriter *column, int64 data_offset, WriteBuffer *to)
{
	ThriftWriter t;
	ListCell   *lc;

	ThriftWriteBegin(&t, to);
	ThriftAddList(&t, 1, THRIFT_STRUCT, list_length(column->pages));
	foreach(lc, column->pages)
	{
		const WrittenPage *page = lfirst(lc);

		ThriftAddItemStruct(&t);
		ThriftAddLong(&t, 1, data_offset);
		ThriftAddInt(&t, 2, (int32) page->len);
		ThriftAddLong(&t, 3, page->first_row);
		ThriftWriteEnd(&t);
		data_offset += page->len;
	}
	ThriftWriteEnd(&t);
}
