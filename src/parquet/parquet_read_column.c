/*
 * parquet_read_column.c
 *	  Read a column of a row group of a Parquet file: levels and values, a vector at a time.
 */
#include "postgres.h"

#include "parquet/parquet_read_column.h"

#include "parquet/parquet_fail.h"
#include "parquet/parquet_read_number.h"
#include "utils/memutils.h"

void
ParquetReaderInit(ParquetReader *c, const ParquetNode *leaf, size_t memory)
{
	c->cxt = CurrentMemoryContext;
	c->leaf = leaf;
	c->name = ParquetNodePath(leaf);
	c->values = ParquetValuesCreate(leaf, c->name, memory);
	c->def = palloc0(PARQUET_VECTOR);
	c->rep = palloc0(PARQUET_VECTOR);
	c->dictionary_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt parquet dictionary",
											  ALLOCSET_SMALL_SIZES);
}

void
ParquetReaderOpen(ParquetReader *c, const ParquetFile *file, const ParquetChunk *chunk)
{
	c->chunk = *chunk;
	ParquetPagesOpen(&c->pages, file, &c->chunk, c->name);
	MemoryContextReset(c->dictionary_cxt);
	c->dictionary = NULL;
	c->left = 0;
	c->entries = 0;
}

/* ---- pages ---- */

static int
BitsOf(int level)
{
	int			bits = 0;

	for (; level > 0; level >>= 1)
		bits++;
	return bits;
}

/* Levels of version 1 stand before the values; where all are zero there are none. */
static void
OpenLevels(ParquetReader *c, ParquetRuns *runs, ParquetPage *page, int most, ParquetEncoding encoding)
{
	uint64		len = 0;

	if (most == 0)
		return;
	if (encoding == PARQUET_BIT_PACKED)
	{
		len = ((uint64) page->nvalues * BitsOf(most) + 7) / 8;
		if (len > page->len)
			ParquetFail("levels of a page of column \"%s\" are cut", c->name);
		ParquetRunsOpenPacked(runs, BitsOf(most), page->data, len, page->nvalues);
	}
	else if (encoding != PARQUET_RLE)
		ParquetRefuse("encoding %d for levels of column \"%s\"", encoding, c->name);
	else
	{
		len = page->len >= 4 ? Little32(page->data) : 0;
		if (page->len < 4 || len > page->len - 4)
			ParquetFail("levels of a page of column \"%s\" are cut", c->name);
		ParquetRunsOpen(runs, BitsOf(most), page->data + 4, len);
		len += 4;
	}
	page->data += len;
	page->len -= len;
}

static void
OpenPage(ParquetReader *c, ParquetPage *page)
{
	if (page->is_v2)
	{
		ParquetRunsOpen(&c->rep_runs, BitsOf(c->leaf->rep_level), page->rep, page->rep_len);
		ParquetRunsOpen(&c->def_runs, BitsOf(c->leaf->def_level), page->def, page->def_len);
	}
	else
	{
		OpenLevels(c, &c->rep_runs, page, c->leaf->rep_level, page->rep_encoding);
		OpenLevels(c, &c->def_runs, page, c->leaf->def_level, page->def_encoding);
	}
	if (page->nvalues > c->chunk.nvalues - c->entries)
		ParquetFail("pages of column \"%s\" have more values than the footer says", c->name);
	c->entries += page->nvalues;
	c->left = page->nvalues;
	if (page->nvalues > 0)
		ParquetValuesOpen(c->values, page->encoding, page->data, page->len, page->nvalues, c->dictionary);
}

static void
TakeDictionary(ParquetReader *c, const ParquetPage *page)
{
	MemoryContext old;

	if (c->dictionary != NULL)
		ParquetFail("column \"%s\" has two dictionaries in a row group", c->name);
	old = MemoryContextSwitchTo(c->dictionary_cxt);
	c->dictionary = ParquetReadDictionary(c->leaf, c->name, c->values->memory, page);
	MemoryContextSwitchTo(old);
}

int
ParquetReaderReady(ParquetReader *c)
{
	MemoryContext old = MemoryContextSwitchTo(c->cxt);
	ParquetPage page;

	while (c->left == 0 && ParquetPagesNext(&c->pages, &page))
	{
		if (page.type == PARQUET_DICTIONARY_PAGE)
			TakeDictionary(c, &page);
		else
			OpenPage(c, &page);
	}
	MemoryContextSwitchTo(old);
	return c->left;
}

int
ParquetReaderNeed(ParquetReader *c)
{
	int			ready = ParquetReaderReady(c);

	if (ready == 0)
		ParquetFail("column \"%s\" ends before its row group does", c->name);
	return ready;
}

void
ParquetReaderSeek(ParquetReader *c, int64 offset)
{
	MemoryContext old = MemoryContextSwitchTo(c->cxt);

	/* the dictionary is the first page */
	if (c->dictionary == NULL && c->chunk.start < c->chunk.first_page && c->pages.next == c->chunk.start)
	{
		ParquetPage page;

		if (ParquetPagesNext(&c->pages, &page) && page.type == PARQUET_DICTIONARY_PAGE)
			TakeDictionary(c, &page);
	}
	MemoryContextSwitchTo(old);
	ParquetPagesSeek(&c->pages, offset);
	c->left = 0;
	/* pages are passed over, so their entries are not counted */
	c->entries = 0;
}

/* ---- entries ---- */

static void
FailLevels(const ParquetReader *c)
{
	ParquetFail("levels of a page of column \"%s\" are damaged", c->name);
}

static void
ReadLevels(ParquetReader *c, ParquetRuns *runs, uint8 *levels, int n, int most)
{
	uint8		highest = 0;

	if (!ParquetRunsReadBytes(runs, levels, n))
		FailLevels(c);
	for (int i = 0; i < n; i++)
		highest = Max(highest, levels[i]);
	if (highest > most)
		FailLevels(c);
}

static int
CountValues(ParquetReader *c, int n)
{
	uint8		most = c->leaf->def_level;
	int			count = 0;

	c->no_nulls = most == 0 || ParquetRunsRepeat(&c->def_runs, most, n);
	if (c->no_nulls)
		return n;
	ReadLevels(c, &c->def_runs, c->def, n, most);
	for (int i = 0; i < n; i++)
		count += c->def[i] == most;
	return count;
}

void
ParquetReaderRead(ParquetReader *c, int n)
{
	MemoryContext old = MemoryContextSwitchTo(c->cxt);

	Assert(n > 0 && n <= c->left && n <= PARQUET_VECTOR);
	c->n = n;
	c->left -= n;
	if (c->leaf->rep_level > 0)
		ReadLevels(c, &c->rep_runs, c->rep, n, c->leaf->rep_level);
	ParquetValuesRead(c->values, CountValues(c, n), &c->vector);
	MemoryContextSwitchTo(old);
}

void
ParquetReaderPass(ParquetReader *c, int64 n)
{
	while (n > 0)
	{
		int			ready = ParquetReaderNeed(c);
		int			now = Min(Min(n, PARQUET_VECTOR), ready);

		ParquetReaderRead(c, now);
		n -= now;
	}
}
