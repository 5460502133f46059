/*
 * found.c
 *	  Whether the paths of a foreign table have led to anything in a live SELECT.
 *
 * Where a response holds its records in a list within it and "records" does not say so, the response
 * itself is a record without any of the columns.
 */
#include "base/compat.h"
#include "live/found.h"

static bool
ReadsField(const SourceColumn *column)
{
	return !SourceColumnIsGiven(column) && !column->optional && !column->is_computed &&
		!column->is_line && !column->is_list && !column->is_arrival && !column->is_key &&
		!column->is_index;
}

Found *
FoundBegin(const SourceDefinition *def)
{
	Found	   *found = palloc0(sizeof(Found));

	found->def = def;
	found->present = palloc0(def->desc->natts + 1);
	return found;
}

void
FoundAddPage(Found *found, Decoder *decoder)
{
	if (decoder == NULL)
		return;
	found->records += DecoderRecords(decoder);
	DecoderMarkPresent(decoder, found->present);
}

/* Of the columns that should be there; true when there is none such either. */
static bool
FoundAny(const Found *found)
{
	bool		none = true;

	for (int i = 0; i < found->def->ncolumns; i++)
	{
		const SourceColumn *column = &found->def->columns[i];

		if (!ReadsField(column))
			continue;
		if (found->present[column->attnum - 1])
			return true;
		none = false;
	}
	return none;
}

void
FoundCheck(Found *found)
{
	const SourceDefinition *def = found->def;

	if (found->records == 0 || found->told || FoundAny(found))
		return;
	found->told = true;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("no record of foreign table \"%s\" has any of its columns", def->relation),
			 errdetail_plural("%lld record was read.", "%lld records were read.", found->records,
							  (long long) found->records),
			 def->records == NULL
			 ? errhint("If the response contains the records in a list, set option \"records\", for example "
					   "to '$.data[*]'.")
			 : errhint("Check option \"records\" of the foreign table and option \"path\" of the "
					   "columns.")));
}
