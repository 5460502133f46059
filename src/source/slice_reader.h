/*
 * slice_reader.h
 *	  The rows of a pulled slice, whether its kind brings pages to decode or the rows themselves.
 *
 * Page by page, and each page fill by fill: that is all that callers need to know. Rows that come
 * as such are pages of one fill.
 */
#ifndef ELT_SOURCE_SLICE_READER_H
#define ELT_SOURCE_SLICE_READER_H

#include "postgres.h"
#include "decode/decode.h"
#include "source/pull.h"

typedef struct SliceReader
{
	const SourceDefinition *def;
	Decoder    *decoder;		/* NULL: the kind brings rows */
	Pull	   *pull;
	PulledSlice *pulled;		/* the slice at hand */
	int			npages;			/* of it, opened so far */
	bool		more;			/* rows are left, where they come as such */
	bool		at_position;	/* the page that was read last carried one */
	struct FetchedPage *page;	/* at hand; NULL where rows are */
	ByteSource	bytes;			/* of it */
	const char **params;		/* of the slice, for decoding */
	Datum	   *values;			/* the same for rows, by attnum - 1 */
} SliceReader;

/* For slices of this source; checks its columns. What it needs lives in the current context. */
extern void SliceReaderInit(SliceReader *reader, const SourceDefinition *def);

/*
 * Begin with a slice that is a success, in a transaction. What lives as long as the slice is
 * read is in the current context.
 */
extern void SliceReaderOpen(SliceReader *reader, Pull *pull, PulledSlice *pulled);

/* Go on to the next page; false after the last one. */
extern bool SliceReaderNextPage(SliceReader *reader);

/*
 * Add rows and rejects of the page to a batch that was reset. True: call again; false: the page
 * has ended, and the slice stands at its position. A slice that turns out to hold nothing at all
 * becomes one that is empty.
 */
extern bool SliceReaderFill(SliceReader *reader, RowBatch *rows);

/*
 * Between two pages: may the rest be read later, in another transaction, as what was read stands at
 * a position of its own?
 */
extern bool SliceReaderMayPause(const SliceReader *reader);

#endif
