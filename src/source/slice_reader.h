/*
 * slice_reader.h
 *	  Read the rows of a pulled slice, from pages or from a kind that returns rows.
 *
 * Callers read page by page, and each page in fills of a batch. Rows that come without pages are
 * pages of one fill.
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
	struct Computed *computed;	/* columns with an expression, or NULL */
	Pull	   *pull;
	PulledSlice *pulled;		/* the slice at hand */
	int			npages;			/* of it, opened so far */
	bool		more;			/* rows are left, where they come as such */
	bool		at_position;	/* the page that was read last carried one */
	struct FetchedPage *page;	/* at hand; NULL where rows are */
	ByteSource	bytes;			/* of it */
	struct Truncation *truncation;	/* whose deletes come before the rest of the page; or NULL */
	const char **params;		/* of the slice, for decoding */
	Datum	   *values;			/* the same for rows, by attnum - 1 */
} SliceReader;

/* For slices of this source; checks its columns. What it needs lives in the current context. */
extern void SliceReaderInit(SliceReader *reader, const SourceDefinition *def);

/*
 * Begin to read a successful slice, in a transaction. Its data lives in the current context.
 */
extern void SliceReaderOpen(SliceReader *reader, Pull *pull, PulledSlice *pulled);

/* Go on to the next page; false after the last one. */
extern bool SliceReaderNextPage(SliceReader *reader);

/*
 * Add rows and rejects of the page to an empty batch. True: call again; false: the page has
 * ended. A slice without any content gets the verdict "empty".
 */
extern bool SliceReaderFill(SliceReader *reader, RowBatch *rows);

/* A part of a slice that stages itself has been staged: it can pause there. */
extern void SliceReaderEndPart(SliceReader *reader, bool more);

/*
 * Read the page at hand, which has ended, once more with a decoder of other records and the values
 * of its params; the caller fills from that decoder.
 */
extern void SliceReaderAgain(SliceReader *reader, const SourceDefinition *def, Decoder *decoder,
							 const char **params);
/* Let a decoder that is attached to the reader's own read that page too. */
extern void SliceReaderJoin(SliceReader *reader, const SourceDefinition *def, Decoder *decoder,
							const char **params);
/* Rejects of that page say of which member they are, and keep what is told of their file. */
extern void SliceReaderTellFile(const SliceReader *reader, const SourceDefinition *def,
								const char **params, RowBatch *rows);
/* Bytes of that page that have been read. */
extern int64 SliceReaderPageBytes(const SliceReader *reader);

/*
 * Between two pages: can the rest be read later from a saved position, in another transaction?
 */
extern bool SliceReaderMayPause(const SliceReader *reader);

#endif
