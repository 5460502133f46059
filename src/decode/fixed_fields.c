/*
 * fixed_fields.c
 *	  The fields of lines of fixed width.
 *
 * A field is at the same characters of every line, and the spaces that fill it are no part of it.
 */
#include "postgres.h"

#include "decode/csv_private.h"

#include <limits.h>

#include "mb/pg_wchar.h"

/* A character of the line. */
typedef struct Place
{
	int			character;		/* from 0 */
	size_t		offset;			/* its first byte */
} Place;

static bool
HasOneByteEach(const CsvDecoder *d)
{
	return d->record.plain || pg_encoding_max_length(d->transcoder->encoding) == 1;
}

/* Go on to a character; false: the line ends before it. */
static bool
GoTo(const CsvDecoder *d, Place *place, int character)
{
	if (HasOneByteEach(d))
	{
		place->character = (int) Min((size_t) character, d->record.len);
		place->offset = place->character;
		return place->character == character;
	}
	if (character < place->character)
		*place = (Place) {0, 0};
	while (place->character < character && place->offset < d->record.len)
	{
		place->offset += pg_encoding_mblen(d->transcoder->encoding, d->record.text + place->offset);
		place->character++;
	}
	return place->character == character;
}

static CsvField
Trimmed(const char *text, const char *end)
{
	while (text < end && *text == ' ')
		text++;
	while (end > text && end[-1] == ' ')
		end--;
	return (CsvField) {.text = text, .len = end - text};
}

static bool
RejectShort(CsvDecoder *d, const CsvColumn *c, int characters, const char *verb, int place)
{
	CsvReject(d, c->converter.column, "field_count", ERRCODE_BAD_COPY_FILE_FORMAT,
			  psprintf("line has %d character%s, but column \"%s\" %s at character %d", characters,
					   characters == 1 ? "" : "s", c->converter.column, verb, place));
	return false;
}

bool
FixedSplitRecord(CsvDecoder *d)
{
	Place		place = {0, 0};

	CsvReserveFilled(d, d->nfields);
	for (int i = 0; i < d->ncolumns; i++)
	{
		const CsvColumn *c = &d->columns[i];
		size_t		begin;

		if (c->kind != COLUMN_FIELD)
			continue;
		if (!GoTo(d, &place, c->first - 1) && !d->options.fill_missing)
			return RejectShort(d, c, place.character, "begins", c->first);
		begin = place.offset;
		if (c->last == 0)
			place = (Place) {INT_MAX, d->record.len};
		else if (!GoTo(d, &place, c->last) && !d->options.fill_missing)
			return RejectShort(d, c, place.character, "ends", c->last);
		d->filled[c->field] = Trimmed(d->record.text + begin, d->record.text + place.offset);
	}
	d->record.fields = d->filled;
	d->record.nfields = d->nfields;
	return true;
}
