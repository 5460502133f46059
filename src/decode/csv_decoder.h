/*
 * csv_decoder.h
 *	  Decode CSV pages into rows, for decode.h.
 */
#ifndef ELT_DECODE_CSV_DECODER_H
#define ELT_DECODE_CSV_DECODER_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "decode/csv_reader.h"
#include "decode/decode_spec.h"
#include "decode/row_batch.h"
#include "decode/text_source.h"
#include "decode/unknown.h"

typedef enum CsvLayout
{
	CSV_DELIMITED,
	CSV_FIXED,					/* fields are at the same characters of every line */
	CSV_SHEET,					/* rows of a workbook's sheet */
	CSV_CELLS					/* the same as text, see csv_cells.c */
} CsvLayout;

typedef struct CsvOptions
{
	CsvDialect	dialect;
	const char *null;			/* what stands for null when it is not quoted */
	bool		header;			/* the first record names the fields */
	bool		find_header;	/* the first one that has the names of all columns does */
	bool		exact_header;	/* it has the names of the columns in their order, and no others */
	bool		fill_missing;	/* fields that a record lacks at its end are null */
	bool		ignore_more;	/* fields behind those of the header */
	CsvLayout	layout;
	const char *sheet;			/* name or number of a sheet; NULL: the first */
	int			skip_footer;	/* records at the end that are none */
	int			encoding;		/* of pages without a byte order mark, a pg_enc */
	bool		needs_header;	/* a page without one is at fault, not empty */
	TextForm	form;			/* of pages without a mark; of others than TEXT_BYTES, encoding is UTF-8 */
} CsvOptions;

typedef struct CsvDecoder CsvDecoder;

/* Raise an error when the dialect cannot be used with its encoding. */
extern void CsvOptionsCheck(const CsvOptions *options);

extern CsvDecoder *CsvDecoderCreate(const DecodeSpec *spec, size_t record_memory);
/* As the functions of decode.h do. */
extern void CsvDecoderBegin(CsvDecoder *d);
extern void CsvDecoderOpen(CsvDecoder *d, ByteSource *source, const char **param_values);
/* A record alone, below the header that it stood under; false when that is not known. */
extern bool CsvDecoderOpenRecord(CsvDecoder *d, const char *raw, const RejectContext *context,
								 const char **param_values);
extern bool CsvDecoderFill(CsvDecoder *d, RowBatch *batch);
/* A field of the header is there in every record. */
extern void CsvDecoderMarkPresent(CsvDecoder *d, bool *present);

extern int64 CsvDecoderRecords(CsvDecoder *d);

/* Fields of the header that no column reads. */
extern void CsvDecoderTakeUnknown(CsvDecoder *d, UnknownSink sink, void *state);

#endif
