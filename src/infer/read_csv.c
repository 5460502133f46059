/*
 * read_csv.c
 *	  Find the delimiter and the header of CSV, and fold its records.
 *
 * The header is the first record with as many fields as most records have, if it consists of
 * different names, and not of values.
 */
#include "base/compat.h"
#include "infer/read_csv.h"

#include "decode/csv_reader.h"
#include "decode/sheet_reader.h"
#include "mb/pg_wchar.h"
#include "source/settings.h"

/* Records that the delimiter is told by. */
#define PROBE_RECORDS 100
#define MAX_FIELDS 1600

typedef struct Records
{
	CsvReader  *csv;
	SheetReader *sheet;
	CsvRecord	record;
} Records;

static bool
Next(Records *r)
{
	CsvResult	result;

	do
		result = r->sheet != NULL ? SheetNext(r->sheet, &r->record) : CsvNext(r->csv, &r->record);
	while (result == CSV_FAULT);
	return result == CSV_RECORD;
}

static void
OpenText(Records *r, const char *text, size_t len, const char *delimiter)
{
	CsvDialect	dialect = {.delimiter = delimiter, .quote = '"', .escape = '"', .has_bom = true};

	r->csv = CsvReaderCreate((size_t) RecordMemory * 1024);
	CsvReaderOpen(r->csv, &dialect, MemoryByteSource(text, len));
}

static bool
IsBlank(const CsvRecord *record)
{
	return record->nfields == 0 || (record->nfields == 1 && record->fields[0].len == 0);
}

/* ---- the number of fields ---- */

typedef struct Widths
{
	int			n;
	int			width[PROBE_RECORDS];
} Widths;

static void
Probe(Records *r, Widths *widths)
{
	widths->n = 0;
	while (widths->n < PROBE_RECORDS && Next(r))
		if (!IsBlank(&r->record))
			widths->width[widths->n++] = r->record.nfields;
}

static int
CountOf(const Widths *widths, int width)
{
	int			count = 0;

	for (int i = 0; i < widths->n; i++)
		count += widths->width[i] == width;
	return count;
}

/* The width that most records have; of several the greatest. */
static int
UsualWidth(const Widths *widths)
{
	int			usual = 0;

	for (int i = 0; i < widths->n; i++)
	{
		int			count = CountOf(widths, widths->width[i]);
		int			before = CountOf(widths, usual);

		if (count > before || (count == before && widths->width[i] > usual))
			usual = widths->width[i];
	}
	return usual;
}

static const char *
FindDelimiter(const char *text, size_t len)
{
	static const char *const delimiters[] = {",", ";", "\t", "|"};
	const char *best = ",";
	double		best_score = 0;

	for (int i = 0; i < lengthof(delimiters); i++)
	{
		Records		r = {0};
		Widths		widths;
		int			usual;
		double		score;

		OpenText(&r, text, len, delimiters[i]);
		Probe(&r, &widths);
		CsvReaderFree(r.csv);
		usual = UsualWidth(&widths);
		if (usual < 2)
			continue;
		score = (double) CountOf(&widths, usual) / widths.n + usual / 1000.0;
		if (score > best_score)
		{
			best = delimiters[i];
			best_score = score;
		}
	}
	return best;
}

/* ---- the header ---- */

/* Names are texts that no value looks like. */
static bool
LooksLikeHeader(const CsvRecord *record, int width)
{
	int			named = 0;

	if (record->nfields < width)
		return false;
	for (int i = 0; i < width; i++)
	{
		TextClass	class = TextClassOf(record->fields[i].text, record->fields[i].len);

		if (class != TEXT_OTHER && class != TEXT_EMPTY)
			return false;
		named += class == TEXT_OTHER;
	}
	return named * 2 > width;
}

static char *
FieldName(Records *r, const CsvField *field, int number)
{
	size_t		len = field->len;
	const char *text = field->text;

	if (field->escaped && r->csv != NULL)
		text = CsvUnescape(r->csv, field, &len);
	return len == 0 ? psprintf("field_%d", number) : pnstrdup(text, len);
}

static void
AddFields(CsvSample *sample, Records *r)
{
	ShapeNode  *node = sample->record;

	node->members = palloc(sizeof(ShapeNode *) * Max(sample->nfields, 1));
	for (int i = 0; i < sample->nfields; i++)
	{
		bool		is_named = sample->has_header && i < r->record.nfields;
		char	   *name = is_named ? FieldName(r, &r->record.fields[i], i + 1) :
			psprintf("field_%d", i + 1);

		sample->has_twins |= ShapeFindMember(node, name) != NULL ||
			(is_named && r->record.fields[i].len == 0);
		node->members[node->nmembers] = ShapeCreate(node, name);
		node->members[node->nmembers++]->position = i;
	}
}

/* ---- records ---- */

static void
AddField(Records *r, ShapeNode *node, const CsvField *field)
{
	size_t		len = field->len;
	const char *text = field->text;

	if (field->absent || field->error || (len == 0 && !field->quoted))
	{
		ShapeAddNull(node);
		return;
	}
	if (field->escaped && r->csv != NULL)
		text = CsvUnescape(r->csv, field, &len);
	ShapeAddText(node, text, len);
}

static void
AddRecord(CsvSample *sample, Records *r)
{
	ShapeNode  *node = sample->record;

	node->seen++;
	node->objects++;
	sample->records++;
	sample->is_ragged |= r->record.nfields < sample->nfields;
	for (int i = 0; i < sample->nfields; i++)
	{
		if (i < r->record.nfields)
			AddField(r, node->members[i], &r->record.fields[i]);
		else
			ShapeAddNull(node->members[i]);
	}
}

static void
ReadRecords(CsvSample *sample, Records *r, int64 limit)
{
	bool		more = Next(r);

	/* what stands before the first record of the usual width is a title, or the like */
	while (more && r->record.nfields < sample->nfields)
		more = Next(r);
	if (!more)
	{
		sample->nfields = 0;
		return;
	}
	sample->header_line = (int) r->record.line;
	sample->has_header = LooksLikeHeader(&r->record, sample->nfields);
	AddFields(sample, r);
	if (!sample->has_header)
		AddRecord(sample, r);
	while (sample->records < limit && Next(r))
		if (!IsBlank(&r->record) || sample->nfields == 1)
			AddRecord(sample, r);
}

static CsvSample *
SampleCreate(void)
{
	CsvSample  *sample = palloc0(sizeof(CsvSample));

	sample->record = ShapeCreate(NULL, NULL);
	sample->record->is_untyped = true;
	return sample;
}

CsvSample *
ReadCsvSample(const char *text, size_t len, const char *delimiter, const char *encoding,
			  int64 limit)
{
	CsvSample  *sample = SampleCreate();
	Records		r = {0};
	Widths		widths;

	if (encoding == NULL && !pg_verify_mbstr(PG_UTF8, text, (int) len, true))
		encoding = "WIN1252";
	if (encoding != NULL && pg_char_to_encoding(encoding) != PG_UTF8)
	{
		text = (char *) pg_do_encoding_conversion((unsigned char *) text, (int) len,
												  pg_char_to_encoding(encoding), PG_UTF8);
		len = strlen(text);
	}
	sample->encoding = encoding;
	sample->delimiter = delimiter != NULL ? delimiter : FindDelimiter(text, len);
	OpenText(&r, text, len, sample->delimiter);
	Probe(&r, &widths);
	sample->nfields = Min(UsualWidth(&widths), MAX_FIELDS);
	OpenText(&r, text, len, sample->delimiter);
	ReadRecords(sample, &r, limit);
	return sample;
}

CsvSample *
ReadSheetSample(ByteSource *source, const char *sheet, int64 limit)
{
	CsvSample  *sample = SampleCreate();
	Records		r = {0};
	Widths		widths;

	r.sheet = SheetReaderCreate(sheet, 0, "", (size_t) RecordMemory * 1024);
	SheetReaderOpen(r.sheet, source);
	Probe(&r, &widths);
	sample->nfields = Min(UsualWidth(&widths), MAX_FIELDS);
	source->rewind(source->state);
	SheetReaderOpen(r.sheet, source);
	ReadRecords(sample, &r, limit);
	return sample;
}
