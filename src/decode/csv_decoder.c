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
#include "decode/csv_held.h"
#include "decode/csv_private.h"
#include "decode/line_column.h"
#include "decode/sheet_reader.h"
#include "decode/spelling.h"
#include "decode/text_source.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/datum.h"
#include "utils/memutils.h"

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
	c->first = spec->first;
	c->last = spec->last;
	c->constant = spec->constant;
}

/* Encodings of clients have characters whose second byte is an ASCII letter or digit. */
static bool
IsSafeMark(int encoding, char mark)
{
	if (IS_HIGHBIT_SET(mark))
		return encoding == PG_UTF8 || pg_encoding_max_length(encoding) == 1;
	return mark == '\0' || PG_VALID_BE_ENCODING(encoding) || mark < '0' ||
		(mark > '9' && mark < '@');
}

void
CsvOptionsCheck(const CsvOptions *options)
{
	const CsvDialect *dialect = &options->dialect;
	bool		safe = true;

	for (const char *p = dialect->delimiter; *p != '\0'; p++)
		safe &= IsSafeMark(options->encoding, *p);
	if (safe && IsSafeMark(options->encoding, dialect->quote) &&
		IsSafeMark(options->encoding, dialect->escape))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("encoding \"%s\" cannot be used with this delimiter, quote or escape",
					pg_encoding_to_char(options->encoding)),
			 errdetail("With this encoding they must not be letters, digits or any of "
					   "@[\\]^_`{|}~, nor other characters than ASCII, because multibyte characters "
					   "can contain these bytes.")));
}

static const char *
InEncoding(const char *text, int encoding)
{
	return pg_server_to_any(text, strlen(text), encoding);
}

CsvDecoder *
CsvDecoderCreate(const DecodeSpec *spec, size_t record_memory)
{
	CsvDecoder *d = palloc0(sizeof(CsvDecoder));

	CsvOptionsCheck(spec->csv);
	d->options = *spec->csv;
	d->null_utf8 = InEncoding(d->options.null, PG_UTF8);
	d->null_declared = InEncoding(d->options.null, d->options.encoding);
	d->delimiter_utf8 = InEncoding(d->options.dialect.delimiter, PG_UTF8);
	d->delimiter_declared = InEncoding(d->options.dialect.delimiter, d->options.encoding);
	if (d->options.skip_footer > 0)
		d->held = CsvHeldCreate(d->options.skip_footer, record_memory);
	d->record_memory = record_memory;
	if (d->options.layout == CSV_SHEET)
		d->sheet = SheetReaderCreate(d->options.sheet, d->options.dialect.skip_lines, d->null_utf8,
									 record_memory);
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
	if (!d->options.header)
		CsvNumberFields(d);
	d->may_have_more |= d->options.ignore_more;
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
			 errdetail("Column \"%s\" takes this value from the slice.", c->converter.column)));
}

static void
OpenSheet(CsvDecoder *d)
{
	d->transcoder = &d->utf8;
	d->null = d->null_utf8;
	d->null_len = strlen(d->null);
	SheetReaderOpen(d->sheet, d->source);
	d->opened = true;
}

/* Its mark says what the text of a page is, or else what was declared. */
static void
OpenText(CsvDecoder *d)
{
	CsvDialect	dialect = d->options.dialect;
	ByteSource *text = TextSourceOpen(d->text, d->source, d->options.form);
	bool		declared = TextSourceForm(d->text) == TEXT_BYTES;

	dialect.has_bom = TextSourceForm(d->text) == TEXT_UTF8;
	dialect.delimiter = declared ? d->delimiter_declared : d->delimiter_utf8;
	d->transcoder = declared ? &d->declared : &d->utf8;
	d->null = declared ? d->null_declared : d->null_utf8;
	d->null_len = strlen(d->null);
	CsvReaderOpen(d->reader, &dialect, text);
	d->opened = true;
}

void
CsvDecoderOpen(CsvDecoder *d, ByteSource *source, const char **param_values)
{
	d->source = source;
	d->opened = d->ended = d->too_large = d->header_read = false;
	d->records = d->given_line = 0;
	d->header = NULL;
	if (d->held != NULL)
		CsvHeldBegin(d->held);
	MemoryContextReset(d->page_cxt);
	for (int i = 0; i < d->ncolumns; i++)
	{
		CsvColumn  *c = &d->columns[i];

		if (c->kind == COLUMN_PARAM)
			SetParam(d, c, param_values ? param_values[c->converter.attindex] : NULL);
	}
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

static CsvResult
NextOfSource(void *arg, CsvRecord *record)
{
	CsvDecoder *d = arg;

	return d->sheet != NULL ? SheetNext(d->sheet, record) : CsvNext(d->reader, record);
}

CsvResult
CsvRead(CsvDecoder *d)
{
	if (unlikely(d->held != NULL))
		return CsvHeldNext(d->held, NextOfSource, d, &d->record);
	if (unlikely(d->sheet != NULL))
		return SheetNext(d->sheet, &d->record);
	return CsvNext(d->reader, &d->record);
}

static int64
LineOfRecord(const CsvDecoder *d)
{
	return d->given_line > 0 ? d->given_line : d->record.line;
}

/* ---- rejects ---- */

static char *
ServerText(CsvDecoder *d, const char *text, size_t len)
{
	RowOrigin	origin = {0};

	OriginSetRaw(d->batch, &origin, text, len, len);
	return origin.raw;
}

char *
CsvShownText(CsvDecoder *d, const char *text, size_t len)
{
	size_t		utf8_len;
	size_t		done;
	const char *utf8 = ToUtf8(d->transcoder, text, len, &utf8_len, &done);

	return done < len ? ServerText(d, text, len) : ServerText(d, utf8, utf8_len);
}

static RowOrigin *
OriginOfRecord(CsvDecoder *d)
{
	RowOrigin  *origin = BatchAlloc(d->batch, sizeof(RowOrigin));
	size_t		full;
	const char *raw = CsvRecordText(d, &full);
	size_t		len = Min(full, d->batch->raw_limit + MAX_MULTIBYTE_CHAR_LEN);
	size_t		cut = len < full ? MAX_MULTIBYTE_CHAR_LEN : 0;
	size_t		utf8_len;
	size_t		done;
	const char *text = ToUtf8(d->transcoder, raw, len, &utf8_len, &done);

	memset(origin, 0, sizeof(*origin));
	origin->record = d->records;
	origin->offset = d->record.offset;
	origin->line = origin->context.line = LineOfRecord(d);
	origin->form = REJECT_PAGE;
	origin->context.header = d->header;
	origin->incomplete = d->options.header ? d->header == NULL :
		CsvNamedDelimiter(d->reader) != '\0';
	if (done + cut < len)
		OriginSetRaw(d->batch, origin, raw, len, full);
	else
		OriginSetRaw(d->batch, origin, text, utf8_len, full + utf8_len - len);
	return origin;
}

void
CsvReject(CsvDecoder *d, const char *column, const char *reason, int sqlstate, const char *message)
{
	BatchReject(d->batch, OriginOfRecord(d), column, reason, sqlstate, message);
}

static void
RejectFieldCount(CsvDecoder *d)
{
	CsvReject(d, NULL, "field_count", ERRCODE_BAD_COPY_FILE_FORMAT,
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
		CsvReject(d, column, "encoding", ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
				  psprintf("invalid character for encoding \"%s\"",
						   TextFormName(TextSourceForm(d->text))));
		return;
	}
	CsvReject(d, column, "encoding", ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
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

	*isnull = CsvIsNull(d, field);
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
	return d->record.len == 0 && (d->nfields != 1 || d->options.layout == CSV_FIXED);
}

static void
TakeLaidOut(CsvDecoder *d)
{
	if (d->options.layout == CSV_FIXED)
	{
		if (FixedSplitRecord(d))
			MakeRow(d);
		return;
	}
	if (d->options.layout == CSV_CELLS)
		CsvMarkErrors(d);
	if (d->record.nfields != d->nfields && !CsvCompleteRecord(d))
		RejectFieldCount(d);
	else if (CsvAcceptCells(d))
		MakeRow(d);
}

static void
TakeRecord(CsvDecoder *d)
{
	size_t		valid = d->record.len;

	d->records++;
	if (!d->record.plain)
		valid = TranscoderValid(d->transcoder, d->record.text, d->record.len);
	if (valid < d->record.len)
		RejectText(d, NULL, d->record.text + valid);
	else if (unlikely(d->options.layout != CSV_DELIMITED))
		TakeLaidOut(d);
	else if (d->record.nfields == d->nfields || CsvCompleteRecord(d))
		MakeRow(d);
	else
		RejectFieldCount(d);
}

static void
RaiseTooLarge(const CsvDecoder *d)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("record exceeds elt.record_memory (%zu kB)", d->record_memory / 1024),
			 d->sheet != NULL ?
			 errdetail("It is row %lld of the sheet.", (long long) d->record.line) :
			 errdetail("The record begins on line %lld, at byte %lld of the page.",
					   (long long) d->record.line, (long long) d->record.offset),
			 d->sheet != NULL ? errhint("Increase elt.record_memory.") :
			 errhint("Check that the file is valid CSV, or increase elt.record_memory.")));
}

static void
FillRows(CsvDecoder *d)
{
	while (!d->ended && !d->too_large && !BatchIsFull(d->batch))
	{
		switch (CsvRead(d))
		{
			case CSV_RECORD:
				if (!IsBlank(d))
					TakeRecord(d);
				break;
			case CSV_FAULT:
				d->records++;
				CsvReject(d, NULL, "parse", ERRCODE_BAD_COPY_FILE_FORMAT, d->record.fault);
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
	if (!d->opened && d->sheet != NULL)
		OpenSheet(d);
	else if (!d->opened)
		OpenText(d);
	if (d->options.header && !d->header_read)
		CsvReadHeader(d);
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
