/*
 * fields.c
 *	  Track which declared fields the records of a batch contain, while they are decoded.
 */
#include "base/compat.h"
#include "pipeline/fields.h"

#include "base/sql_name.h"
#include "catalog/staged.h"

typedef struct FieldsSeen
{
	int64		records;
	bool	   *present;		/* by attnum - 1 */
} FieldsSeen;

struct BatchFields
{
	const SourceDefinition *source;
	Decoder    *decoder;		/* NULL: there is none */
	int			natts;
	FieldsSeen	batch;			/* in slices that were staged */
	FieldsSeen	slice;			/* in the one at hand */
};

static void
ForgetSample(BatchFields *fields)
{
	if (fields->decoder != NULL)
		DecoderForgetSample(fields->decoder);
}

BatchFields *
FieldsBegin(const SourceDefinition *source, Decoder *decoder)
{
	BatchFields *fields = palloc0(sizeof(BatchFields));

	fields->source = source;
	fields->decoder = decoder;
	fields->natts = source->desc->natts;
	fields->batch.present = palloc0(fields->natts + 1);
	fields->slice.present = palloc0(fields->natts + 1);
	ForgetSample(fields);
	return fields;
}

void
FieldsAddPage(BatchFields *fields)
{
	if (fields->decoder == NULL)
		return;
	fields->slice.records += DecoderRecords(fields->decoder);
	DecoderMarkPresent(fields->decoder, fields->slice.present);
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
	fields->slice.records = 0;
	memset(fields->slice.present, false, fields->natts);
}

static List *
AddName(List *names, char *name)
{
	return NamesContain(names, name) ? names : lappend(names, name);
}

static char *
FieldOf(const SourceColumn *column)
{
	return column->path != NULL ? column->path : column->name;
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
			present = AddName(present, FieldOf(column));
		else
			missing = AddName(missing, FieldOf(column));
	}
	StagedSetFields(p, fields->batch.records, present, missing,
					SourceMask(mask, DecoderSample(fields->decoder)));
}
