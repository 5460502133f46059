/*
 * decoding.c
 *	  Build the decoder for a source, and mask secrets in its errors.
 */
#include "base/compat.h"
#include "base/sql_name.h"
#include "decode/csv_decoder.h"
#include "decode/decode.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "source/computed.h"
#include "source/decoding.h"
#include "source/kind.h"
#include "source/settings.h"

static void
SetFormat(DecodeColumn *column, const char *format)
{
	static const struct
	{
		const char *name;
		DecodeFormat format;
	}			known[] = {
		{"unix", DECODE_UNIX}, {"unix_ms", DECODE_UNIX_MS}, {"base64", DECODE_BASE64},
		{"hex", DECODE_HEX}, {"milliseconds", DECODE_MILLISECONDS}, {"seconds", DECODE_SECONDS},
		{"minutes", DECODE_MINUTES}, {"hours", DECODE_HOURS}, {"days", DECODE_DAYS},
		{"weeks", DECODE_WEEKS}, {"months", DECODE_MONTHS}, {"years", DECODE_YEARS}
	};

	column->format = format == NULL ? DECODE_DEFAULT : DECODE_PATTERN;
	column->pattern = format;
	for (int i = 0; format != NULL && i < lengthof(known); i++)
		if (strcmp(format, known[i].name) == 0)
			column->format = known[i].format;
}

static DecodeColumn
ColumnSpec(const SourceColumn *source)
{
	DecodeColumn column = {0};

	column.attnum = source->attnum;
	column.path = source->path;
	column.first = source->first;
	column.last = source->last;
	column.spelling = source->spelling;
	column.is_raw = source->expression != NULL;
	column.time_zone = source->time_zone;
	column.optional = source->optional;
	column.is_param = SourceColumnIsGiven(source);
	column.is_line = source->is_line;
	column.is_list = source->is_list;
	column.is_arrival = source->is_arrival;
	column.is_key = source->is_key;
	column.is_index = source->is_index;
	column.role = source->role;
	SetFormat(&column, source->format);
	return column;
}

static List *
RecordsOf(List *ancestors)
{
	List	   *records = NIL;
	ListCell   *lc;

	foreach(lc, ancestors)
		records = lappend(records, ((SourceDefinition *) lfirst(lc))->records);
	return records;
}

static DecodeSpec
SpecOf(const SourceDefinition *def, List *ancestors)
{
	DecodeSpec	spec = {0};

	spec.desc = DecodedRow(def);
	spec.ancestors = RecordsOf(ancestors);
	spec.records = def->records;
	spec.records_optional = def->records_optional;
	spec.columns = palloc0(sizeof(DecodeColumn) * Max(def->ncolumns, 1));
	for (int i = 0; i < def->ncolumns; i++)
		if (!def->columns[i].is_computed)
		{
			spec.columns[spec.ncolumns] = ColumnSpec(&def->columns[i]);
			spec.columns[spec.ncolumns++].identifies = NamesContain(def->key, def->columns[i].name);
		}
	spec.envelope = def->envelope;
	spec.record_memory = (size_t) RecordMemory * 1024;
	if (def->kind->set_format != NULL)
		def->kind->set_format(def, &spec);
	return spec;
}

Decoder *
SourceDecoder(const SourceDefinition *def)
{
	return SourceChildDecoder(def, NIL);
}

Decoder *
SourceChildDecoder(const SourceDefinition *def, List *ancestors)
{
	DecodeSpec	spec = SpecOf(def, ancestors);

	return DecoderCreate(&spec);
}

/* One JSON object by column. */
static void
ReadColumns(DecodeSpec *spec)
{
	spec->records = NULL;
	spec->framing = DECODE_DOCUMENT;
	spec->csv = NULL;
	spec->is_parquet = false;
	spec->envelope = NULL;
	for (int i = 0; i < spec->ncolumns; i++)
		spec->columns[i].path = NULL;
}

/* The text is that of the server, whatever the file was, and nothing else is around it. */
static void
ReadServerText(DecodeSpec *spec)
{
	CsvOptions *csv;

	if (spec->csv == NULL)
		return;
	csv = palloc(sizeof(CsvOptions));
	*csv = *spec->csv;
	csv->encoding = GetDatabaseEncoding();
	csv->form = TEXT_BYTES;
	csv->find_header = false;
	csv->skip_footer = csv->dialect.skip_lines = 0;
	csv->dialect.comment = '\0';
	if (csv->layout == CSV_SHEET)
	{
		csv->layout = CSV_CELLS;
		csv->dialect.names_delimiter = false;
	}
	spec->csv = csv;
}

/* What somebody has written in place of what the page has. */
static void
TakePatched(DecodeSpec *spec, const PatchedValue *patched, int npatched)
{
	for (int n = 0; n < npatched; n++)
		for (int i = 0; i < spec->ncolumns; i++)
			if (spec->columns[i].attnum == patched[n].attnum)
			{
				DecodeColumn *column = &spec->columns[i];

				column->fixed = !column->is_param;
				column->is_param = true;
				column->is_line = column->is_list = column->is_arrival = false;
				column->format = DECODE_DEFAULT;
				memset(&column->spelling, 0, sizeof(column->spelling));
				column->path = NULL;
				column->constant = patched[n].text;
			}
}

Decoder *
SourceRejectDecoder(const SourceDefinition *def, RejectForm form, const PatchedValue *patched,
					int npatched)
{
	DecodeSpec	spec = SpecOf(def, NIL);

	if (form == REJECT_COLUMNS)
		ReadColumns(&spec);
	ReadServerText(&spec);
	TakePatched(&spec, patched, npatched);
	return DecoderCreate(&spec);
}

/* What held a secret cannot be decoded again. */
static void
MaskRaw(const SourceDefinition *def, RowReject *reject)
{
	char	   *raw = SourceMask(def, reject->raw);
	char	   *ancestors = SourceMask(def, reject->context.ancestors);

	if (strcmp(raw, reject->raw) != 0)
		reject->whole = false;
	if (ancestors != NULL && strcmp(ancestors, reject->context.ancestors) != 0)
		reject->whole = false;
	reject->raw = raw;
	reject->context.ancestors = ancestors;
}

/* What decoding calls a page may have another name for who declared it. */
static char *
InWordsOf(const SourceDefinition *def, char *text)
{
	static const char subject[] = "page ";
	static const char sentence[] = "The page ";
	static const char place[] = " of the page";
	const char *word = def->kind->page;
	char	   *at;

	if (word == NULL || text == NULL)
		return text;
	if (strncmp(text, subject, strlen(subject)) == 0)
		return psprintf("%s %s", word, text + strlen(subject));
	if (strncmp(text, sentence, strlen(sentence)) == 0)
		return psprintf("The %s %s", word, text + strlen(sentence));
	at = strstr(text, place);
	if (at == NULL)
		return text;
	return psprintf("%.*s of the %s%s", (int) (at - text), text, word, at + strlen(place));
}

void
SourceMaskRejects(const SourceDefinition *def, RowBatch *rows)
{
	MemoryContext old;
	ListCell   *lc;

	if (def->kind->mask == NULL && def->kind->page == NULL)
		return;
	old = MemoryContextSwitchTo(rows->cxt);
	foreach(lc, rows->rejects)
	{
		RowReject  *reject = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		reject->message = InWordsOf(def, SourceMask(def, reject->message));
		MaskRaw(def, reject);
	}
	MemoryContextSwitchTo(old);
}

static void
RethrowInOurWords(const SourceDefinition *def, MemoryContext caller)
{
	ErrorData  *error;

	MemoryContextSwitchTo(caller);
	error = CopyErrorData();
	FlushErrorState();
	error->message = InWordsOf(def, SourceMask(def, error->message));
	error->detail = InWordsOf(def, SourceMask(def, error->detail));
	error->hint = SourceMask(def, error->hint);
	error->context = SourceMask(def, error->context);
	ReThrowError(error);
}

bool
SourceFill(const SourceDefinition *def, Decoder *decoder, RowBatch *rows)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool more = false;

	if (def->kind->mask == NULL && def->kind->page == NULL)
		return DecoderFill(decoder, rows);
	PG_TRY();
	{
		more = DecoderFill(decoder, rows);
	}
	PG_CATCH();
	{
		RethrowInOurWords(def, caller);
	}
	PG_END_TRY();
	SourceMaskRejects(def, rows);
	return more;
}
