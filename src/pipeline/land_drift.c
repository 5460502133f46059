/*
 * land_drift.c
 *	  Fields that a batch lacks when it lands, or has beside the columns: tell of them, or hold it for them.
 */
#include "base/compat.h"
#include "pipeline/land_drift.h"

#include "base/errors.h"
#include "base/sql_name.h"
#include "catalog/drift.h"
#include "lib/stringinfo.h"
#include "pipeline/new_fields.h"
#include "utils/builtins.h"

static void
WarnOfDrift(const Pipeline *p, const StagedBatch *batch, List *fields)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("pipeline \"%s\": %s", p->name, DriftText(batch, fields)),
			 errdetail("It was delivered before; the columns that read it are null."),
			 errhint("Compare the sample record in elt.drift with the paths of the foreign table, "
					 "or set column option optional 'true' if the field may be missing.")));
}

static void
WarnOfUnknown(const Pipeline *p, const StagedBatch *batch, List *fields)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("pipeline \"%s\": %s", p->name, DriftText(batch, fields)),
			 errdetail("The columns that read it are null."),
			 errhint("Check option \"path\" of the columns and option \"records\" of the foreign table, "
					 "or set column option optional 'true' if the field may be missing.")));
}

/* A key column whose field was delivered and is in no record; NULL: all are there. */
static const SourceColumn *
MissingKey(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch)
{
	for (int i = 0; batch->records > 0 && i < source->ncolumns; i++)
	{
		const SourceColumn *column = &source->columns[i];

		if (NamesContain(p->key, column->name) &&
			NamesContain(batch->missing, SourceColumnField(column)) &&
			DriftWasDelivered(p, SourceColumnField(column)))
			return column;
	}
	return NULL;
}

static void
RefuseMissingKey(const Pipeline *p, const StagedBatch *batch, const SourceColumn *column,
				 Landing *landing)
{
	char	   *renamed = NewFieldInPlaceOf(p, batch, column);
	char	   *hint = "If the field has another name, change option \"path\" of the column. "
		"Cursors are kept.";

	/* a few records may lack it by chance */
	if (renamed == NULL && !DriftIsLarge(batch))
		return;
	if (renamed != NULL)
		hint = psprintf("If the field has another name, use %s Cursors are kept.", renamed);
	LandingRefuse(landing, ERRCODE_ELT_MISSING_FIELD,
				  psprintf("field \"%s\" of key column \"%s\" is missing from all " INT64_FORMAT
						   " records", SourceColumnField(column), column->name, batch->records), hint);
}

/* They would not be read again. */
static void
HoldForNew(const Pipeline *p, List *fields, Landing *landing)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, fields)
		appendStringInfo(&names, "%s\"%s\"", foreach_current_index(lc) > 0 ? ", " : "",
						 (char *) lfirst(lc));
	LandingRefuse(landing, ERRCODE_ELT_NEW_FIELD,
				  psprintf(list_length(fields) == 1 ? "new field %s has no column" :
						   "new fields %s have no column", names.data),
				  psprintf("Use the proposals of SELECT field, proposal FROM elt.drift WHERE pipeline = %s, "
						   "then CALL elt.run. To land rows without the field, set option "
						   "\"on_new_field\" to 'record'.", quote_literal_cstr(p->name)));
}

/* Fields that the source has stopped to deliver; the batch is held for them where that is wanted. */
void
LandDrift(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch,
		  List *lists, Landing *landing)
{
	const SourceColumn *lost = MissingKey(p, source, batch);
	List	   *unknown = DriftUnknown(p, batch);
	List	   *missing = DriftOf(p, batch);
	List	   *news = DriftRecord(p, batch, missing);
	List	   *fresh;

	if (lost != NULL)
		RefuseMissingKey(p, batch, lost, landing);
	fresh = NewFieldsLand(p, batch, lists);
	if (fresh != NIL && strcmp(p->on_new_field, "hold") == 0)
		HoldForNew(p, fresh, landing);
	TypeDriftLand(p, source, batch);

	if (unknown != NIL)
		WarnOfUnknown(p, batch, unknown);
	if (news != NIL)
		WarnOfDrift(p, batch, news);
	if (missing != NIL && strcmp(p->on_missing_field, "hold") == 0)
		LandingRefuse(landing, ERRCODE_ELT_MISSING_FIELD, DriftText(batch, missing),
					  psprintf("Use SELECT * FROM elt.drift to see a sample record. To land the batch "
							   "without the field, use SELECT elt.alter_pipeline(%s, options => "
							   "'{\"on_missing_field\": \"warn\"}') and call elt.merge.",
							   quote_literal_cstr(p->name)));
}
