/*
 * fields.c
 *	  Track which declared fields the records of a batch contain, while they are decoded.
 */
#include "base/compat.h"
#include "pipeline/fields.h"

#include "base/sql.h"

typedef struct FieldsSeen
{
	int64		records;
	bool	   *present;		/* by attnum - 1 */
} FieldsSeen;

struct BatchFields
{
	int			natts;
	FieldsSeen	batch;			/* in slices that were staged */
	FieldsSeen	slice;			/* in the one at hand */
};

static void
ForgetSample(const Execution *e)
{
	if (e->reader.decoder != NULL)
		DecoderForgetSample(e->reader.decoder);
}

void
FieldsBegin(Execution *e)
{
	BatchFields *fields = MemoryContextAllocZero(e->batch_cxt, sizeof(BatchFields));

	fields->natts = e->source->desc->natts;
	fields->batch.present = MemoryContextAllocZero(e->batch_cxt, fields->natts + 1);
	fields->slice.present = MemoryContextAllocZero(e->batch_cxt, fields->natts + 1);
	e->fields = fields;
	ForgetSample(e);
}

void
FieldsAddPage(Execution *e)
{
	Decoder    *decoder = e->reader.decoder;

	if (decoder == NULL)
		return;
	e->fields->slice.records += DecoderRecords(decoder);
	DecoderMarkPresent(decoder, e->fields->slice.present);
}

void
FieldsEndSlice(Execution *e, bool staged)
{
	BatchFields *fields = e->fields;

	for (int i = 0; staged && i < fields->natts; i++)
		fields->batch.present[i] |= fields->slice.present[i];
	if (staged)
		fields->batch.records += fields->slice.records;
	if (!staged && fields->batch.records == 0)
		ForgetSample(e);
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
FieldsStage(const Execution *e)
{
	const BatchFields *fields = e->fields;
	List	   *present = NIL;
	List	   *missing = NIL;

	if (fields->batch.records == 0)
		return;
	for (int i = 0; i < e->source->ncolumns; i++)
	{
		const SourceColumn *column = &e->source->columns[i];

		if (column->param != NULL || column->optional || column->is_computed)
			continue;
		if (fields->batch.present[column->attnum - 1])
			present = AddName(present, FieldOf(column));
		else
			missing = AddName(missing, FieldOf(column));
	}
	StagedSetFields(e->pipeline, fields->batch.records, present, missing,
					SourceMask(e->source, DecoderSample(e->reader.decoder)));
}
