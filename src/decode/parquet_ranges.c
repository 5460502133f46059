/*
 * parquet_ranges.c
 *	  Which rows of a Parquet row group need not be read, because bounds of pages say that none is wanted.
 *
 * Pages of different columns begin at different rows. The rows that may be wanted are ranges; before each,
 * every column goes on to its page that has the first row of the range, and passes over the rows before it.
 */
#include "base/compat.h"

#include "decode/parquet_private.h"

#include "parquet/parquet_fail.h"

static int64
EndOfPage(const ParquetDecoder *d, const ParquetPageIndex *index, int page)
{
	return page + 1 < index->npages ? index->pages[page + 1].first_row : d->group_rows;
}

/* ---- ranges ---- */

static void
AddRange(ParquetRange *ranges, int *n, int64 start, int64 end)
{
	if (start >= end)
		return;
	if (*n > 0 && ranges[*n - 1].end == start)
		ranges[*n - 1].end = end;
	else
		ranges[(*n)++] = (ParquetRange) {start, end};
}

/* Of the ranges so far, what lies in pages that may have wanted rows. */
static void
NarrowRanges(ParquetDecoder *d, const ParquetField *f, const DecodeBound *bound,
			 const ParquetPageIndex *index)
{
	ParquetRange *ranges = palloc(sizeof(ParquetRange) * (d->nranges + index->npages));
	int			n = 0;
	int			range = 0;

	for (int page = 0; page < index->npages; page++)
	{
		const ParquetPagePlace *place = &index->pages[page];
		int64		end = EndOfPage(d, index, page);

		if (place->all_null || ParquetIsOutside(d, f, bound, &place->bounds, 0))
			continue;
		while (range < d->nranges && d->ranges[range].end <= place->first_row)
			range++;
		for (int i = range; i < d->nranges && d->ranges[i].start < end; i++)
			AddRange(ranges, &n, Max(d->ranges[i].start, place->first_row), Min(d->ranges[i].end, end));
	}
	d->ranges = ranges;
	d->nranges = n;
}

static void
ApplyBounds(ParquetDecoder *d)
{
	ListCell   *lc;

	foreach(lc, d->bounds)
	{
		const DecodeBound *bound = lfirst(lc);
		const ParquetField *f = ParquetFieldOf(d, bound->attnum);
		int			slot;

		if (f == NULL || f->column == NULL)
			continue;
		slot = ParquetSlotOf(d, f->node);
		if (d->indexes[slot] == NULL)
			d->indexes[slot] = ParquetReadPageIndex(&d->file, &d->chunks[slot], d->group_rows, true);
		if (d->indexes[slot] != NULL)
			NarrowRanges(d, f, bound, d->indexes[slot]);
	}
}

bool
ParquetFindRanges(ParquetDecoder *d)
{
	MemoryContext old;

	d->nranges = d->range = 0;
	if (d->bounds == NIL || d->group_rows == 0)
		return true;
	old = MemoryContextSwitchTo(d->keeper->cxt);
	d->indexes = palloc0(sizeof(ParquetPageIndex *) * Max(d->nleaves, 1));
	d->ranges = palloc(sizeof(ParquetRange));
	d->ranges[0] = (ParquetRange) {0, d->group_rows};
	d->nranges = 1;
	ApplyBounds(d);
	MemoryContextSwitchTo(old);
	if (d->nranges == 0)
		return false;
	if (d->nranges == 1 && d->ranges[0].end - d->ranges[0].start == d->group_rows)
	{
		d->nranges = 0;
		return true;
	}
	old = MemoryContextSwitchTo(d->keeper->cxt);
	for (int i = 0; i < d->nleaves; i++)
		if (d->indexes[i] == NULL)
			d->indexes[i] = ParquetReadPageIndex(&d->file, &d->chunks[i], d->group_rows, false);
	MemoryContextSwitchTo(old);
	return true;
}

/* ---- going on ---- */

/* As far as a file tells, its index is right. */
static void
CheckPage(const ParquetDecoder *d, const ParquetPageIndex *index, const ParquetPagePlace *place,
		  ParquetReader *column)
{
	int64		rows = EndOfPage(d, index, place - index->pages) - place->first_row;

	if (ParquetReaderReady(column) != rows)
		ParquetFail("a page of column \"%s\" has other rows than the page index says", column->name);
}

static void
PassRows(const ParquetDecoder *d, ParquetReader *column, int64 row, int64 n)
{
	const ParquetPageIndex *index = d->indexes[ParquetSlotOf(d, column->leaf)];
	const ParquetPagePlace *place = index ? ParquetPageOfRow(index, row + n) : NULL;

	if (place != NULL && place->first_row > row)
	{
		ParquetReaderSeek(column, place->offset);
		CheckPage(d, index, place, column);
		n -= place->first_row - row;
	}
	ParquetReaderPass(column, n);
}

int64
ParquetNextRange(ParquetDecoder *d)
{
	int64		row = d->group_rows - d->group_left;
	int64		n;

	while (d->range < d->nranges && d->ranges[d->range].end <= row)
		d->range++;
	if (d->range == d->nranges)
		return 0;
	n = d->ranges[d->range].start - row;
	for (int i = 0; n > 0 && i < d->nfields; i++)
	{
		if (d->fields[i].column != NULL)
			PassRows(d, d->fields[i].column, row, n);
		if (d->fields[i].nested != NULL)
			ParquetNestedPass(d->fields[i].nested, row, n, d->leaves, d->nleaves, d->indexes);
	}
	if (n > 0)
	{
		d->records += n;
		d->group_left -= n;
		row += n;
	}
	return d->ranges[d->range].end - row;
}
