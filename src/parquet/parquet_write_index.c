/*
 * parquet_write_index.c
 *	  The indexes of the pages of a column chunk: what they hold, and where they are.
 */
#include "base/compat.h"
#include "parquet/parquet_write_footer.h"

#include "parquet/thrift_write.h"

static const ParquetPage *
PageAt(const ParquetColumn *column, int i)
{
	return list_nth(column->pages, i);
}

static bool
IsNullPage(const ParquetPage *page)
{
	return page->nulls == page->nlevels;
}

/* Of pages with values; those without have no place in an order. */
static ParquetBoundaryOrder
OrderOf(const ParquetColumn *column)
{
	const ParquetPage *before = NULL;
	bool		ascends = true;
	bool		descends = true;
	ListCell   *lc;

	foreach(lc, column->pages)
	{
		const ParquetPage *page = lfirst(lc);
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
AddBounds(ThriftWriter *t, const ParquetColumn *column, int field)
{
	int			n = list_length(column->pages);

	ThriftList(t, field, THRIFT_BINARY, n);
	for (int i = 0; i < n; i++)
	{
		const ParquetPage *page = PageAt(column, i);
		const Bound *bound = field == 2 ? &page->bounds.min : &page->bounds.max;

		ThriftItemBytes(t, bound->data, IsNullPage(page) ? 0 : bound->len);
	}
}

void
ParquetWriteColumnIndex(const ParquetColumn *column, WriteBuffer *to)
{
	int			n = list_length(column->pages);
	ThriftWriter t;

	ThriftBegin(&t, to);
	ThriftList(&t, 1, THRIFT_TRUE, n);
	for (int i = 0; i < n; i++)
		ThriftItemBool(&t, IsNullPage(PageAt(column, i)));
	AddBounds(&t, column, 2);
	AddBounds(&t, column, 3);
	ThriftInt(&t, 4, OrderOf(column));
	ThriftList(&t, 5, THRIFT_I64, n);
	for (int i = 0; i < n; i++)
		ThriftItemInt(&t, PageAt(column, i)->nulls);
	ThriftEnd(&t);
}

void
ParquetWriteOffsetIndex(const ParquetColumn *column, int64 data_offset, WriteBuffer *to)
{
	ThriftWriter t;
	ListCell   *lc;

	ThriftBegin(&t, to);
	ThriftList(&t, 1, THRIFT_STRUCT, list_length(column->pages));
	foreach(lc, column->pages)
	{
		const ParquetPage *page = lfirst(lc);

		ThriftItemStruct(&t);
		ThriftLong(&t, 1, data_offset);
		ThriftInt(&t, 2, (int32) page->len);
		ThriftLong(&t, 3, page->first_row);
		ThriftEnd(&t);
		data_offset += page->len;
	}
	ThriftEnd(&t);
}
