/*
 * fields.c
 *	  Track which declared fields the records of a batch contain, while they are decoded.
 */
#include "base/compat.h"
#include "pipeline/fields.h"

#include "base/sql_name.h"
#include "catalog/staged.h"
#include "lib/stringinfo.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* Fields that no column reads, of all objects of a record; more are counted as others. */
#define NEW_FIELDS 200

typedef struct NewField
{
	char	   *path;
	int64		records;
} NewField;

typedef struct FieldsSeen
{
	int64		records;
	bool	   *present;		/* by attnum - 1 */
	int			nnew;
	NewField	new[NEW_FIELDS];
	int64		others;
} FieldsSeen;

struct BatchFields
{
	const SourceDefinition *source;
	Decoder    *decoder;		/* NULL: there is none */
	int			natts;
	FieldsSeen	batch;			/* in slices that were staged */
	FieldsSeen	slice;			/* in the one at hand */
	bool		tracks_new;
	List	   *samples;		/* char *, records that have new fields */
	MemoryContext cxt;			/* holds their names and these */
};

static void
ForgetSample(BatchFields *fields)
{
	if (fields->decoder != NULL)
		DecoderForgetSample(fields->decoder);
}

BatchFields *
FieldsBegin(const Pipeline *p, const SourceDefinition *source, Decoder *decoder)
{
	BatchFields *fields = palloc0(sizeof(BatchFields));

	fields->source = source;
	fields->decoder = decoder;
	fields->natts = source->desc->natts;
	fields->batch.present = palloc0(fields->natts + 1);
	fields->slice.present = palloc0(fields->natts + 1);
	fields->cxt = CurrentMemoryContext;
	fields->tracks_new = strcmp(p->on_new_field, "ignore") != 0;
	if (fields->tracks_new && decoder != NULL)
		DecoderTrackUnknown(decoder);
	ForgetSample(fields);
	return fields;
}

/* ---- fields that no column reads ---- */

static void
AddNew(BatchFields *fields, FieldsSeen *seen, const char *path, int64 records)
{
	for (int i = 0; i < seen->nnew; i++)
		if (strcmp(seen->new[i].path, path) == 0)
		{
			seen->new[i].records += records;
			return;
		}
	if (seen->nnew == NEW_FIELDS)
	{
		seen->others += records;
		return;
	}
	seen->new[seen->nnew].path = MemoryContextStrdup(fields->cxt, path);
	seen->new[seen->nnew++].records = records;
}

static void
TakeNew(void *state, const char *path, int64 records)
{
	BatchFields *fields = state;

	if (path == NULL)
		fields->slice.others += records;
	else
		AddNew(fields, &fields->slice, path, records);
}

static void
TakePage(BatchFields *fields)
{
	MemoryContext old;

	DecoderTakeUnknown(fields->decoder, TakeNew, fields);
	old = MemoryContextSwitchTo(fields->cxt);
	fields->samples = list_concat(fields->samples, DecoderUnknownSamples(fields->decoder));
	MemoryContextSwitchTo(old);
}

static void
EndNew(BatchFields *fields, bool staged)
{
	FieldsSeen *slice = &fields->slice;

	for (int i = 0; staged && i < slice->nnew; i++)
		AddNew(fields, &fields->batch, slice->new[i].path, slice->new[i].records);
	if (staged)
		fields->batch.others += slice->others;
	slice->nnew = 0;
	slice->others = 0;
}

/* {"fields": {"a.b": 7}, "others": 0, "samples": ["..."]}; NULL: there are none */
static char *
NewAsJson(const BatchFields *fields, const SourceDefinition *mask)
{
	const FieldsSeen *seen = &fields->batch;
	StringInfoData json;
	ListCell   *lc;

	if (!fields->tracks_new)
		return NULL;
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"fields\": {");
	for (int i = 0; i < seen->nnew; i++)
	{
		appendStringInfoString(&json, i > 0 ? ", " : "");
		escape_json(&json, seen->new[i].path);
		appendStringInfo(&json, ": " INT64_FORMAT, seen->new[i].records);
	}
	appendStringInfo(&json, "}, \"others\": " INT64_FORMAT ", \"samples\": [", seen->others);
	foreach(lc, fields->samples)
	{
		appendStringInfoString(&json, foreach_current_index(lc) > 0 ? ", " : "");
		escape_json(&json, SourceMask(mask, lfirst(lc)));
	}
	appendStringInfoString(&json, "]}");
	return json.data;
}

/* ---- pages and slices ---- */

void
FieldsAddPage(BatchFields *fields)
{
	if (fields->decoder == NULL)
		return;
	fields->slice.records += DecoderRecords(fields->decoder);
	DecoderMarkPresent(fields->decoder, fields->slice.present);
	if (fields->tracks_new)
		TakePage(fields);
}

void
FieldsEndSlice(BatchFields *fields, bool staged)
{
	for (int i = 0; staged && i < fields->natts; i++)
		fields->batch.present[i] |= fields->slice.present[i];
	if (staged)
		fields->batch.records += fields->slice.records;
	if (!staged && fields->batch.records == 0)
		ForgetSample(fields);
	EndNew(fields, staged);
	fields->slice.records = 0;
	memset(fields->slice.present, false, fields->natts);
}

static List *
AddName(List *names, char *name)
{
	return NamesContain(names, name) ? names : lappend(names, name);
}

/* Of two columns with one path both or none are there. */
void
FieldsStage(const BatchFields *fields, const Pipeline *p, const SourceDefinition *mask)
{
	const SourceDefinition *source = fields->source;
	List	   *present = NIL;
	List	   *missing = NIL;

	if (fields->batch.records == 0)
		return;
	for (int i = 0; i < source->ncolumns; i++)
	{
		const SourceColumn *column = &source->columns[i];

		if (column->param != NULL || column->optional || column->is_computed)
			continue;
		if (fields->batch.present[column->attnum - 1])
			present = AddName(present, SourceColumnField(column));
		else
			missing = AddName(missing, SourceColumnField(column));
	}
	StagedSetFields(p, fields->batch.records, present, missing,
					SourceMask(mask, DecoderSample(fields->decoder)), NewAsJson(fields, mask));
}

/* {"fields": {"a": 7}, "types": {"a": "integer"}, "others": 0, "samples": []} */
static char *
UnreadAsJson(const RowFields *rows)
{
	StringInfoData json;
	StringInfoData types;
	ListCell   *lc;

	initStringInfo(&json);
	initStringInfo(&types);
	appendStringInfoString(&json, "{\"fields\": {");
	foreach(lc, rows->unread)
	{
		const UnreadField *field = lfirst(lc);
		const char *comma = foreach_current_index(lc) > 0 ? ", " : "";

		appendStringInfoString(&json, comma);
		escape_json(&json, field->name);
		appendStringInfo(&json, ": " INT64_FORMAT, rows->records);
		appendStringInfoString(&types, comma);
		escape_json(&types, field->name);
		appendStringInfoString(&types, ": ");
		escape_json(&types, field->type);
	}
	appendStringInfo(&json, "}, \"types\": {%s}, \"others\": 0, \"samples\": []}", types.data);
	return json.data;
}

void
FieldsStageRows(const BatchFields *fields, const Pipeline *p, const RowFields *rows)
{
	const SourceDefinition *source = fields->source;
	List	   *present = NIL;

	if (rows == NULL || rows->records == 0)
		return;
	for (int i = 0; i < source->ncolumns; i++)
	{
		const SourceColumn *column = &source->columns[i];

		if (!column->optional && !NamesContain(rows->missing, column->name))
			present = AddName(present, SourceColumnField(column));
	}
	StagedSetFields(p, rows->records, present, rows->missing, NULL,
					fields->tracks_new ? UnreadAsJson(rows) : NULL);
}
