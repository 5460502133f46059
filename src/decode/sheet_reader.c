/*
 * sheet_reader.c
 *	  Read the rows of a sheet of an Excel workbook, as records of fields.
 *
 * One row is in memory at a time. A cell says where it stands, as empty ones may be absent; of merged
 * cells only the first one has a value.
 */
#include "postgres.h"

#include "decode/sheet_reader.h"

#include "common/shortest_dec.h"
#include "decode/workbook.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define MAX_COLUMNS 16384

struct SheetReader
{
	const char *sheet;
	int			skip_rows;
	const char *null;
	size_t		null_len;
	size_t		record_memory;
	XmlReader  *xml;
	SheetStrings *strings;
	MemoryContext page_cxt;
	ByteSource *source;
	Workbook   *book;			/* NULL: nothing has been read */
	xmlNodePtr	node;			/* that the XML reader is at */

	/* the row */
	int64		row;
	int64		records;
	int			column;			/* of the last cell */
	int			nfields;
	int			maxfields;
	CsvField   *fields;
	size_t	   *places;			/* of their texts */
	StringInfoData text;
	bool		has_errors;
};

SheetReader *
SheetReaderCreate(const char *sheet, int skip_rows, const char *null, size_t record_memory)
{
	SheetReader *r = palloc0(sizeof(SheetReader));

	r->sheet = sheet;
	r->skip_rows = skip_rows;
	r->null = null;
	r->null_len = strlen(null);
	r->record_memory = record_memory;
	r->xml = XmlReaderCreate(record_memory);
	r->strings = SheetStringsCreate();
	r->page_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt workbook", ALLOCSET_SMALL_SIZES);
	r->maxfields = 64;
	r->fields = palloc(r->maxfields * sizeof(CsvField));
	r->places = palloc(r->maxfields * sizeof(size_t));
	initStringInfo(&r->text);
	return r;
}

void
SheetReaderOpen(SheetReader *r, ByteSource *source)
{
	MemoryContextReset(r->page_cxt);
	r->source = source;
	r->book = NULL;
	r->row = r->records = 0;
}

/* ---- fields ---- */

/* Fields up to a column; those that are new have no value. */
static void
ExtendTo(SheetReader *r, int column)
{
	if (column >= r->maxfields)
	{
		r->maxfields = Max(column + 1, 2 * r->maxfields);
		r->fields = repalloc(r->fields, r->maxfields * sizeof(CsvField));
		r->places = repalloc(r->places, r->maxfields * sizeof(size_t));
	}
	for (; r->nfields <= column; r->nfields++)
		r->fields[r->nfields] = (CsvField) {.text = r->null, .len = r->null_len, .absent = true};
}

/* The text behind place is the value of the column; no text is none. */
static void
EndField(SheetReader *r, int column, size_t place, bool error)
{
	if ((size_t) r->text.len == place)
		return;
	ExtendTo(r, column);
	r->fields[column] = (CsvField) {.len = r->text.len - place, .error = error};
	r->places[column] = place;
	r->has_errors |= error;
}

/* ---- values ---- */

/* Does a text have the 16 or 17 digits that writers of binary fractions need? */
static bool
MayBeShorter(const char *text, size_t len)
{
	int			digits = 0;
	bool		fraction = false;

	if (len < 16)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (text[i] == '.')
			fraction = true;
		else if (text[i] == 'e' || text[i] == 'E')
			return digits >= 16 && digits <= 17;
		else if (text[i] >= '0' && text[i] <= '9' && (digits > 0 || text[i] != '0'))
			digits++;
	}
	return fraction && digits >= 16 && digits <= 17;
}

/* 1.1 is stored as 1.1000000000000001: the shortest text of the same binary number is meant. */
static void
ShortenNumber(StringInfo text, size_t place)
{
	char	   *end;
	double		number;
	char		buffer[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (!MayBeShorter(text->data + place, text->len - place))
		return;
	number = strtod(text->data + place, &end);
	if (*end != '\0')
		return;
	text->len = place;
	appendBinaryStringInfo(text, buffer, double_to_shortest_decimal_buf(number, buffer));
}

/* A number as its style shows it; false: it is no date although it should be one. */
static bool
ShapeNumber(SheetReader *r, size_t place, long style)
{
	SheetShape	shape = style >= 0 && style < r->book->nstyles ? r->book->shapes[style] : SHAPE_NUMBER;
	char		buffer[SHEET_TIME_SIZE];
	char	   *end;
	double		number;

	if ((size_t) r->text.len == place)
		return true;
	if (shape == SHAPE_NUMBER)
	{
		ShortenNumber(&r->text, place);
		return true;
	}
	number = strtod(r->text.data + place, &end);
	if (*end != '\0' || !SheetTimeText(shape, number, r->book->from_1904, buffer))
		return false;
	r->text.len = place;
	appendStringInfoString(&r->text, buffer);
	return true;
}

static void
TakeShared(SheetReader *r, xmlNodePtr cell, size_t place)
{
	char	   *end;
	long		number;

	if ((size_t) r->text.len == place)
		return;
	number = strtol(r->text.data + place, &end, 10);
	r->text.len = place;
	if (*end != '\0' || !SheetStringsAppend(r->strings, number, &r->text))
		XmlReaderFail(cell, pstrdup("page has a cell with a string that the workbook lacks"));
}

/* ---- cells ---- */

typedef struct Cell
{
	const char *type;			/* one or several letters; a number has none */
	long		style;
	int			column;
	xmlNodePtr	value;			/* each of these may be NULL */
	xmlNodePtr	inlined;
	xmlNodePtr	formula;
} Cell;

static int
ColumnOf(SheetReader *r, xmlNodePtr cell, const char *reference)
{
	int			column = 0;

	for (; *reference >= 'A' && *reference <= 'Z' && column <= MAX_COLUMNS; reference++)
		column = column * 26 + (*reference - 'A' + 1);
	if (column < 1 || column > MAX_COLUMNS)
		XmlReaderFail(cell, pstrdup("page has a cell outside of the sheet"));
	return column - 1;
}

static void
ReadCell(SheetReader *r, xmlNodePtr node, Cell *cell)
{
	*cell = (Cell) {.type = "n", .column = r->column + 1};
	for (xmlAttrPtr a = node->properties; a != NULL; a = a->next)
	{
		const char *name = (const char *) a->name;
		const char *value = a->children ? (const char *) a->children->content : NULL;

		if (value == NULL || name[1] != '\0')
			continue;
		if (name[0] == 'r')
			cell->column = ColumnOf(r, node, value);
		else if (name[0] == 's')
			cell->style = strtol(value, NULL, 10);
		else if (name[0] == 't')
			cell->type = value;
	}
	if (cell->column >= MAX_COLUMNS)
		XmlReaderFail(node, pstrdup("page has a cell outside of the sheet"));
	for (xmlNodePtr n = node->children; n != NULL; n = n->next)
	{
		if (IsElement(n, "v"))
			cell->value = n;
		else if (IsElement(n, "is"))
			cell->inlined = n;
		else if (IsElement(n, "f"))
			cell->formula = n;
	}
	r->column = cell->column;
}

/* A value that the program which wrote the file has not computed. */
static void
TakeFormula(SheetReader *r, const Cell *cell, size_t place)
{
	appendStringInfoChar(&r->text, '=');
	AppendElementText(&r->text, cell->formula);
	EndField(r, cell->column, place, true);
}

static void
TakeBoolean(SheetReader *r, size_t place)
{
	bool		is_true = r->text.data[place] == '1';

	r->text.len = place;
	appendStringInfoString(&r->text, is_true ? "true" : "false");
}

static void
TakeCell(SheetReader *r, xmlNodePtr node)
{
	size_t		place = r->text.len;
	bool		error = false;
	Cell		cell;

	ReadCell(r, node, &cell);
	if (cell.value == NULL && cell.inlined == NULL)
	{
		if (cell.formula != NULL)
			TakeFormula(r, &cell, place);
		return;
	}
	if (cell.inlined != NULL && strcmp(cell.type, "inlineStr") == 0)
		AppendRichText(&r->text, cell.inlined);
	else if (cell.value != NULL)
		AppendElementText(&r->text, cell.value);
	if (strcmp(cell.type, "s") == 0)
		TakeShared(r, node, place);
	else if (strcmp(cell.type, "n") == 0)
		error = !ShapeNumber(r, place, cell.style);
	else if (strcmp(cell.type, "b") == 0)
		TakeBoolean(r, place);
	else if (strcmp(cell.type, "e") == 0)
		error = true;
	EndField(r, cell.column, place, error);
}

/* ---- rows ---- */

static bool
IsPlain(const StringInfoData *text)
{
	for (int i = 0; i < text->len; i++)
		if (IS_HIGHBIT_SET(text->data[i]) || text->data[i] == '\0')
			return false;
	return true;
}

static void
TellRow(SheetReader *r, CsvRecord *record)
{
	for (int i = 0; i < r->nfields; i++)
		if (!r->fields[i].absent)
			r->fields[i].text = r->text.data + r->places[i];
	record->text = r->text.data;
	record->len = r->text.len;
	record->offset = -1;
	record->line = r->row;
	record->number = ++r->records;
	record->plain = IsPlain(&r->text);
	record->has_errors = r->has_errors;
	record->nfields = r->nfields;
	record->fields = r->fields;
	record->fault = NULL;
}

/* False: its values take more than the memory. */
static bool
ReadRow(SheetReader *r, xmlNodePtr row)
{
	const char *number = ElementAttribute(row, "r");

	r->row = number ? strtol(number, NULL, 10) : r->row + 1;
	r->column = -1;
	r->nfields = 0;
	r->has_errors = false;
	resetStringInfo(&r->text);
	if (r->row <= r->skip_rows)
		return true;
	for (xmlNodePtr n = row->children; n != NULL; n = n->next)
	{
		if (IsElement(n, "c"))
			TakeCell(r, n);
		if ((size_t) r->text.len > r->record_memory)
			return false;
	}
	return true;
}

/* A file without a byte is no workbook, but is not wrong either. */
static bool
IsVoid(SheetReader *r)
{
	const char *data;
	size_t		len;

	return !r->source->select(r->source->state, NULL) &&
		!r->source->next(r->source->state, &data, &len);
}

static void
Begin(SheetReader *r)
{
	MemoryContext old = MemoryContextSwitchTo(r->page_cxt);

	r->book = WorkbookRead(r->xml, r->source, r->sheet, r->strings);
	WorkbookOpenPart(r->xml, r->source, r->book->sheet);
	MemoryContextSwitchTo(old);
	r->node = XmlReaderNext(r->xml);
}

CsvResult
SheetNext(SheetReader *r, CsvRecord *record)
{
	if (r->book == NULL)
	{
		if (IsVoid(r))
			return CSV_END;
		Begin(r);
	}
	while (r->node != NULL)
	{
		bool		fits;

		CHECK_FOR_INTERRUPTS();
		if (!IsElement(r->node, "row") || XmlReaderAtEnd(r->xml))
		{
			r->node = XmlReaderNext(r->xml);
			continue;
		}
		fits = ReadRow(r, XmlReaderExpand(r->xml));
		r->node = XmlReaderSkip(r->xml);
		if (r->nfields == 0 && fits)
			continue;
		TellRow(r, record);
		return fits ? CSV_RECORD : CSV_TOO_LARGE;
	}
	return CSV_END;
}
