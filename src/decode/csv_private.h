/*
 * csv_private.h
 *	  What the parts of the decoder of CSV share.
 */
#ifndef ELT_DECODE_CSV_PRIVATE_H
#define ELT_DECODE_CSV_PRIVATE_H

#include "postgres.h"
#include "decode/batch_private.h"
#include "decode/csv_decoder.h"
#include "decode/csv_text.h"

typedef enum CsvColumnKind
{
	COLUMN_FIELD,
	COLUMN_ABSENT,				/* an optional field that the header of the page lacks */
	COLUMN_LINE,				/* the number of the record's line */
	COLUMN_PARAM				/* the same in all rows of a page */
} CsvColumnKind;

typedef struct CsvColumn
{
	CsvColumnKind kind;
	Converter	converter;
	const char *name;			/* in the header */
	bool		optional;
	bool		fixed;			/* a param in place of a field */
	int			field;			/* of the record */
	int			first;			/* place that was declared, from 1; 0: none */
	int			last;			/* of fixed width, the same of its last character; 0: the line's last */

	/* of a param */
	const char *constant;
	bool		isnull;
	Datum		value;
	Datum		batch_value;	/* its copy in the batch of that serial */
	uint64		batch_serial;
} CsvColumn;

struct CsvDecoder
{
	CsvOptions	options;
	size_t		record_memory;
	CsvReader  *reader;
	TextSource *text;
	CsvTranscoder declared;
	CsvTranscoder utf8;
	const char *null_declared;
	const char *null_utf8;
	const char *delimiter_declared;
	const char *delimiter_utf8;
	struct SheetReader *sheet;	/* in place of the other one; or NULL */
	struct CsvHeld *held;		/* records that may be the last lines; NULL: none are left out */
	int			ncolumns;
	CsvColumn  *columns;
	MemoryContext page_cxt;		/* values of params */

	/* the page */
	ByteSource *source;
	bool		opened;
	CsvTranscoder *transcoder;	/* of its encoding */
	const char *null;			/* in it */
	size_t		null_len;
	bool		ended;
	bool		too_large;		/* the next record is: raised when the rows before it are out */
	bool		header_read;
	int			nfields;		/* that every record has */
	int			needed;			/* as many of them do, as the others have no name */
	bool		may_have_more;	/* and there may be others */
	CsvRecord	record;
	CsvField   *filled;			/* fields of a record that were completed */
	int			maxfilled;
	int64		records;
	char	   *header;			/* text of it, or NULL */
	int64		given_line;		/* where a record alone stood; 0: it is not alone */
	RowBatch   *batch;
};

/* The next record, or fault, that is not one of the last lines. */
extern CsvResult CsvRead(CsvDecoder *d);

/* csv_header.c: read the header, and find the columns' fields in it. */
extern void CsvReadHeader(CsvDecoder *d);
/* Without a header: which fields are the columns'. */
extern void CsvNumberFields(CsvDecoder *d);

/* csv_shape.c: give the record the fields of the header, if it has others; false: it is a reject. */
extern bool CsvCompleteRecord(CsvDecoder *d);

/* csv_cells.c: the record as text, of which that of a sheet has none. */
extern const char *CsvRecordText(CsvDecoder *d, size_t *len);
/* Mark errors in such a text. */
extern void CsvMarkErrors(CsvDecoder *d);
/* False: a column's cell has an error, and the record is a reject. */
extern bool CsvAcceptCells(CsvDecoder *d);

/* fixed_fields.c: the fields of a line of fixed width; false: it is a reject. */
extern bool FixedSplitRecord(CsvDecoder *d);

/* Room for that many fields, in d->filled. */
extern void CsvReserveFilled(CsvDecoder *d, int nfields);

/* Is this what the page has for a null? */
static inline bool
CsvIsNull(const CsvDecoder *d, const CsvField *field)
{
	return !field->quoted && field->len == d->null_len &&
		memcmp(field->text, d->null, field->len) == 0;
}

extern void CsvReject(CsvDecoder *d, const char *column, const char *reason, int sqlstate,
					  const char *message);
/* Text of the page as UTF-8, and as far as it is text. */
extern char *CsvShownText(CsvDecoder *d, const char *text, size_t len);

#endif
