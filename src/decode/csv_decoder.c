/*
 * csv_decoder.c
 *	  Decode CSV pages into rows.
 *
 * With a header, columns are matched with fields by name, otherwise by position. A record with
 * more or fewer fields than the header, or than the table has columns, is rejected.
 */
#include "postgres.h"

#include "decode/csv_decoder.h"

#include "base/errors.h"
#include "decode/batch_private.h"
#include "decode/csv_text.h"
#include "decode/line_column.h"
#include "decode/spelling.h"
#include "decode/text_source.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#define HEADER_SHOWN 1000		/* bytes of a header that an error shows */

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
	const char *null_utf8;
	const char *null_declared;	/* the same in the declared encoding */
	size_t		record_memory;
	CsvReader  *reader;
	TextSource *text;
	CsvTranscoder declared;
	CsvTranscoder utf8;
	int			ncolumns;
	CsvColumn  *columns;
	MemoryContext page_cxt;		/* values of params */

	/* the page */
	CsvTranscoder *transcoder;	/* of its encoding */
	const char *null;			/* in it */
	size_t		null_len;
	bool		ended;
	bool		too_large;		/* the next record is: raised when the rows before it are out */
	bool		header_read;
	int			nfields;		/* that every record has */
	CsvRecord	record;
	int64		records;
	char	   *header;			/* text of it, or NULL */
	int64		given_line;		/* where a record alone stood; 0: it is not alone */
	int64		records_before; /* of the reader, that are no records: the header */
	RowBatch   *batch;
};

/* ---- columns ---- */

static void
InitColumn(CsvColumn *c, TupleDesc desc, const DecodeColumn *spec)
{
	Form_pg_attribute att = TupleDescAttr(desc, spec->attnum - 1);

	c->kind = spec->is_param ? COLUMN_PARAM : spec->is_line ? COLUMN_LINE : COLUMN_FIELD;
	if (spec->is_line)
		LineColumnCheck(att);
	ConverterInit(&c->converter, att, spec);
	/* fields are text: whether one is JSON, only the input function of json knows */
	if (c->converter.takes_json)
		c->converter.kind = CONVERT_INPUT;
	c->name = spec->path ? spec->path : c->converter.column;
	c->optional = spec->optional;
	c->fixed = spec->fixed;
	c->constant = spec->constant;
}

static int
NumberFields(CsvDecoder *d)
{
	int			nfields = 0;

	for (int i = 0; i < d->ncolumns; i++)
		if (d->columns[i].kind == COLUMN_FIELD || d->columns[i].fixed)
			d->columns[i].field = nfields++;
	return nfields;
}

/* Encodings of clients have characters whose second byte is an ASCII letter or digit. */
static bool
IsSafeMark(int encoding, char mark)
{
	return mark == '\0' || PG_VALID_BE_ENCODING(encoding) || mark < '0' ||
		(mark > '9' && mark < '@');
}

void
CsvOptionsCheck(const CsvOptions *options)
{
	const CsvDialect *dialect = &options->dialect;

	if (IsSafeMark(options->encoding, dialect->delimiter) &&
		IsSafeMark(options->encoding, dialect->quote) &&
		IsSafeMark(options->encoding, dialect->escape))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("encoding \"%s\" cannot be used with this delimiter, quote or escape",
					pg_encoding_to_char(options->encoding)),
			 errdetail("With this encoding they must not be letters, digits or any of "
					   "@[\\]^_`{|}~, because multibyte characters can contain these bytes.")));
}

CsvDecoder *
CsvDecoderCreate(const DecodeSpec *spec, size_t record_memory)
{
	CsvDecoder *d = palloc0(sizeof(CsvDecoder));

	CsvOptionsCheck(spec->csv);
	d->options = *spec->csv;
	d->null_utf8 = pg_server_to_any(d->options.null, strlen(d->options.null), PG_UTF8);
	d->null_declared = pg_server_to_any(d->options.null, strlen(d->options.null),
										d->options.encoding);
	d->record_memory = record_memory;
	d->reader = CsvReaderCreate(record_memory);
	d->text = TextSourceCreate();
	TranscoderInit(&d->declared, d->options.encoding);
	TranscoderInit(&d->utf8, PG_UTF8);
	d->page_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt csv page",
										ALLOCSET_SMALL_SIZES);
	d->ncolumns = spec->ncolumns;
	d->columns = palloc0(sizeof(CsvColumn) * Max(spec->ncolumns, 1));
	for (int i = 0; i < spec->ncolumns; i++)
		InitColumn(&d->columns[i], spec->desc, &spec->columns[i]);
	d->nfields = NumberFields(d);
	d->ended = true;
	return d;
}

static void
SetParam(CsvDecoder *d, CsvColumn *c, const char *given)
{
	const char *text = given ? given : c->constant;
	ConvertFault fault;

	c->batch_serial = 0;
	c->isnull = text == NULL;
	if (c->isnull || ConvertGuarded(&c->converter, text, d->page_cxt, &c->value, &fault))
		return;
	ereport(ERROR,
			(errcode(fault.sqlstate),
			 errmsg("%s", fault.message),
			 errdetail("The value is the request parameter of column \"%s\".",
					   c->converter.column)));
}

/* Its mark says what the text of a page is, or else what was declared. */
static void
OpenText(CsvDecoder *d, ByteSource *source)
{
	CsvDialect	dialect = d->options.dialect;
	ByteSource *text = TextSourceOpen(d->text, source, d->options.form);

	dialect.has_bom = TextSourceForm(d->text) == TEXT_UTF8;
	d->transcoder = TextSourceForm(d->text) == TEXT_BYTES ? &d->declared : &d->utf8;
	d->null = d->transcoder == &d->utf8 ? d->null_utf8 : d->null_declared;
	d->null_len = strlen(d->null);
	CsvReaderOpen(d->reader, &dialect, text);
}

void
CsvDecoderOpen(CsvDecoder *d, ByteSource *source, const char **param_values)
{
	d->ended = d->too_large = d->header_read = false;
	d->records = d->records_before = d->given_line = 0;
	d->header = NULL;
	MemoryContextReset(d->page_cxt);
	for (int i = 0; i < d->ncolumns; i++)
	{
		CsvColumn  *c = &d->columns[i];

		if (c->kind == COLUMN_PARAM)
			SetParam(d, c, param_values ? param_values[c->converter.attindex] : NULL);
	}
	OpenText(d, source);
}

bool
CsvDecoderOpenRecord(CsvDecoder *d, const char *raw, const RejectContext *context,
					 const char **param_values)
{
	const char *header = d->options.header ? context->header : "";
	char	   *page;

	if (header == NULL)
		return false;
	page = psprintf("%s%s%s", header, d->options.header ? "\n" : "", raw);
	CsvDecoderOpen(d, MemoryByteSource(page, strlen(page)), param_values);
	d->given_line = Max(context->line, 1);
	return true;
}

/* ---- the header ---- */

static char *
ServerText(CsvDecoder *d, const char *text, size_t len)
{
	RowOrigin	origin = {0};

	OriginSetRaw(d->batch, &origin, text, len, len);
	return origin.raw;
}

/* Text of the page as UTF-8, and as far as it is text. */
static char *
ShownText(CsvDecoder *d, const char *text, size_t len)
{
	size_t		utf8_len;
	size_t		done;
	const char *utf8 = ToUtf8(d->transcoder, text, len, &utf8_len, &done);

	return done < len ? ServerText(d, text, len) : ServerText(d, utf8, utf8_len);
}

static char *
HeaderShown(CsvDecoder *d)
{
	return ShownText(d, d->record.text, Min(d->record.len, HEADER_SHOWN));
}

static bool
IsNamed(CsvDecoder *d, const CsvField *field, const char *name)
{
	size_t		len;
	size_t		utf8_len;
	size_t		done;
	const char *text = CsvUnescape(d->reader, field, &len);

	text = ToUtf8(d->transcoder, text, len, &utf8_len, &done);
	return done == len && utf8_len == strlen(name) && memcmp(text, name, utf8_len) == 0;
}

/* Which field has this name, or -1 of an optional one; an error when none has, or several have. */
static int
FindField(CsvDecoder *d, const CsvColumn *c)
{
	const char *name = c->name;
	int			found = -1;

	if (GetDatabaseEncoding() != PG_UTF8)
		name = pg_server_to_any(name, strlen(name), PG_UTF8);
	for (int i = 0; i < d->record.nfields; i++)
	{
		if (!IsNamed(d, &d->record.fields[i], name))
			continue;
		if (found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_ELT_BAD_PAGE),
					 errmsg("field \"%s\" occurs more than once in the CSV header", c->name),
					 errdetail("The header is: %s", HeaderShown(d))));
		found = i;
	}
	if (found < 0 && !c->optional)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("field \"%s\" for column \"%s\" not found in the CSV header", c->name,
						c->converter.column),
				 errdetail("The header is: %s", HeaderShown(d)),
				 d->record.nfields == 1 ?
				 errhint("Set option \"delimiter\" if another character separates the fields, or option "
						 "\"path\" of the column to the exact name in the header.") :
				 errhint("Set option \"path\" of the column to the exact name in the header, or "
						 "set option header 'false' for files without a header.")));
	return found;
}

static void
FindColumn(CsvDecoder *d, CsvColumn *c)
{
	if (c->kind != COLUMN_FIELD && c->kind != COLUMN_ABSENT)
		return;
	c->field = FindField(d, c);
	c->kind = c->field < 0 ? COLUMN_ABSENT : COLUMN_FIELD;
}

/* A record is of no use without it. */
static void
KeepHeader(CsvDecoder *d)
{
	size_t		len;
	size_t		done;
	const char *text = ToUtf8(d->transcoder, d->record.text, d->record.len, &len, &done);

	if (done < d->record.len || (GetDatabaseEncoding() != PG_UTF8 && !d->record.plain))
		return;
	d->header = MemoryContextAlloc(d->page_cxt, len + 1);
	memcpy(d->header, text, len);
	d->header[len] = '\0';
}

static void
ReadHeader(CsvDecoder *d)
{
	CsvResult	result;

	do
	{
		result = CsvNext(d->reader, &d->record);
		d->records_before++;
	} while (result == CSV_RECORD && d->record.len == 0);
	d->header_read = true;
	d->ended = result == CSV_END;
	if (d->ended && d->options.needs_header)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("page is empty"),
				 errdetail("CSV begins with a header.")));
	if (d->ended)
		return;
	if (result != CSV_RECORD)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("CSV header is not valid: %s",
						result == CSV_FAULT ? d->record.fault : "unexpected end of data"),
				 errdetail("The page begins with: %s", HeaderShown(d))));
	for (int i = 0; i < d->ncolumns; i++)
		FindColumn(d, &d->columns[i]);
	d->nfields = d->record.nfields;
	KeepHeader(d);
}

static int64
LineOfRecord(const CsvDecoder *d)
{
	return d->given_line > 0 ? d->given_line : d->record.line;
}

/* ---- rejects ---- */

static RowOrigin *
OriginOfRecord(CsvDecoder *d)
{
	RowOrigin  *origin = BatchAlloc(d->batch, sizeof(RowOrigin));
	size_t		len = Min(d->record.len, RAW_LIMIT + MAX_MULTIBYTE_CHAR_LEN);
	size_t		cut = len < d->record.len ? MAX_MULTIBYTE_CHAR_LEN : 0;
	size_t		utf8_len;
	size_t		done;
	const char *text = ToUtf8(d->transcoder, d->record.text, len, &utf8_len, &done);

	memset(origin, 0, sizeof(*origin));
	origin->record = d->records;
	origin->offset = d->record.offset;
	origin->line = origin->context.line = LineOfRecord(d);
	origin->form = REJECT_PAGE;
	origin->context.header = d->header;
	origin->incomplete = d->options.header && d->header == NULL;
	if (done + cut < len)
		OriginSetRaw(d->batch, origin, d->record.text, len, d->record.len);
	else
		OriginSetRaw(d->batch, origin, text, utf8_len, d->record.len + utf8_len - len);
	return origin;
}

static void
Reject(CsvDecoder *d, const char *column, const char *reason, int sqlstate, const char *message)
{
	BatchReject(d->batch, OriginOfRecord(d), column, reason, sqlstate, message);
}

static void
RejectFieldCount(CsvDecoder *d)
{
	Reject(d, NULL, "field_count", ERRCODE_BAD_COPY_FILE_FORMAT,
		   psprintf("record has %d field%s, but the %s %d", d->record.nfields,
					d->record.nfields == 1 ? "" : "s",
					d->header_read ? "header has" : "table expects", d->nfields));
}

/* What is at this place of the record is no text in the page's encoding. */
static void
RejectText(CsvDecoder *d, const char *column, const char *text)
{
	const char *name = pg_encoding_to_char(d->transcoder->encoding);

	if (TextSourceForm(d->text) > TEXT_UTF8 && *text == TEXT_INVALID)
	{
		Reject(d, column, "encoding", ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
			   psprintf("invalid character for encoding \"%s\"",
						TextFormName(TextSourceForm(d->text))));
		return;
	}
	Reject(d, column, "encoding", ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
		   psprintf("invalid byte 0x%02x for encoding \"%s\" at offset " INT64_FORMAT,
					(unsigned char) *text, name, d->record.offset + (text - d->record.text)));
}

/* ---- rows ---- */

/* The value of a param in this batch's memory. */
static Datum
ParamValue(CsvDecoder *d, CsvColumn *c)
{
	if (c->batch_serial != d->batch->serial)
	{
		c->batch_value = datumCopy(c->value, c->converter.byval, c->converter.typlen);
		c->batch_serial = d->batch->serial;
	}
	return c->batch_value;
}

static inline bool
IsNull(const CsvDecoder *d, const CsvField *field)
{
	return !field->quoted && field->len == d->null_len &&
		memcmp(field->text, d->null, field->len) == 0;
}

/* The text of a null with spaces around it, in a column without them. */
static bool
IsTrimmedNull(const CsvDecoder *d, const CsvColumn *c, const char *text, size_t len)
{
	SpellingTrim(c->converter.spelling, &text, &len);
	return len == strlen(d->null_utf8) && memcmp(text, d->null_utf8, len) == 0;
}

/* False: the field cannot be converted to UTF-8, and the record is a reject. */
static bool
PutField(CsvDecoder *d, CsvColumn *c, Datum *value, bool *isnull)
{
	const CsvField *field = &d->record.fields[c->field];
	const char *text = field->text;
	size_t		len = field->len;
	size_t		done;

	*isnull = IsNull(d, field);
	if (*isnull)
		return true;
	if (field->escaped)
		text = CsvUnescape(d->reader, field, &len);
	if (!d->record.plain)
	{
		size_t		full = len;

		text = ToUtf8(d->transcoder, text, full, &len, &done);
		if (done < full)
		{
			RejectText(d, c->converter.column, field->text + (field->escaped ? 0 : done));
			return false;
		}
	}
	if (unlikely(c->converter.spelling != NULL) && !field->quoted &&
		IsTrimmedNull(d, c, text, len))
		*isnull = true;
	else if (!ConvertText(&c->converter, d->batch, text, len, value, isnull))
		BatchDefer(d->batch, &c->converter, text, len);
	return true;
}

static bool
PutColumn(CsvDecoder *d, CsvColumn *c, Datum *value, bool *isnull)
{
	switch (c->kind)
	{
		case COLUMN_FIELD:
			return PutField(d, c, value, isnull);
		case COLUMN_ABSENT:
			return true;
		case COLUMN_LINE:
			*isnull = false;
			*value = LineDatum(c->converter.type, LineOfRecord(d));
			return true;
		case COLUMN_PARAM:
			*isnull = c->isnull;
			*value = c->isnull ? (Datum) 0 : ParamValue(d, c);
			return true;
	}
	return true;
}

static void
MakeRow(CsvDecoder *d)
{
	RowBatch   *batch = d->batch;
	size_t		at = (size_t) batch->nrows * batch->desc->natts;

	memset(batch->isnull + at, true, batch->desc->natts);
	for (int i = 0; i < d->ncolumns; i++)
	{
		CsvColumn  *c = &d->columns[i];
		size_t		to = at + c->converter.attindex;

		if (!PutColumn(d, c, &batch->values[to], &batch->isnull[to]))
		{
			BatchForget(batch, EVERY_COLUMN);
			return;
		}
		if (c->converter.checks_null && batch->isnull[to])
			BatchDefer(batch, &c->converter, NULL, 0);
	}
	BatchFinishRow(batch, d->records, BatchRowWaits(batch) ? OriginOfRecord(d) : NULL);
}

/* A line with nothing on it, which can only be a record where records have one field. */
static bool
IsBlank(const CsvDecoder *d)
{
	return d->record.len == 0 && d->nfields != 1;
}

static void
TakeRecord(CsvDecoder *d)
{
	size_t		valid = d->record.len;

	d->records = d->record.number - d->records_before;
	if (!d->record.plain)
		valid = TranscoderValid(d->transcoder, d->record.text, d->record.len);
	if (valid < d->record.len)
		RejectText(d, NULL, d->record.text + valid);
	else if (d->record.nfields != d->nfields)
		RejectFieldCount(d);
	else
		MakeRow(d);
}

static void
RaiseTooLarge(const CsvDecoder *d)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("record exceeds elt.record_memory (%zu kB)", d->record_memory / 1024),
			 errdetail("The record begins on line %lld, at byte %lld of the page.",
					   (long long) d->record.line, (long long) d->record.offset),
			 errhint("Check that the file is valid CSV, or increase elt.record_memory.")));
}

static void
FillRows(CsvDecoder *d)
{
	while (!d->ended && !d->too_large && !BatchIsFull(d->batch))
	{
		switch (CsvNext(d->reader, &d->record))
		{
			case CSV_RECORD:
				if (IsBlank(d))
					d->records_before++;
				else
					TakeRecord(d);
				break;
			case CSV_FAULT:
				d->records = d->record.number - d->records_before;
				Reject(d, NULL, "parse", ERRCODE_BAD_COPY_FILE_FORMAT, d->record.fault);
				break;
			case CSV_TOO_LARGE:
				d->too_large = true;
				break;
			case CSV_END:
				d->ended = true;
				break;
		}
	}
}

bool
CsvDecoderFill(CsvDecoder *d, RowBatch *batch)
{
	MemoryContext old = MemoryContextSwitchTo(batch->cxt);

	if (d->too_large)
		RaiseTooLarge(d);
	d->batch = batch;
	if (d->options.header && !d->header_read)
		ReadHeader(d);
	FillRows(d);
	BatchResolve(batch);
	MemoryContextSwitchTo(old);
	return !d->ended;
}

void
CsvDecoderBegin(CsvDecoder *d)
{
	for (int i = 0; i < d->ncolumns; i++)
		ConverterRestart(&d->columns[i].converter);
}

int64
CsvDecoderRecords(CsvDecoder *d)
{
	return d->records;
}

void
CsvDecoderMarkPresent(CsvDecoder *d, bool *present)
{
	for (int i = 0; i < d->ncolumns; i++)
		present[d->columns[i].converter.attindex] = true;
}
