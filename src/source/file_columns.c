/*
 * file_columns.c
 *	  Columns that take what is told of the file that a record came from.
 */
#include "base/compat.h"
#include "source/file_columns.h"

#include "base/iso.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "source/definition.h"
#include "transport/file_version.h"
#include "transport/page.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/timestamp.h"

void
FileColumnsPut(const SourceDefinition *def, const PulledSlice *pulled, const FetchedPage *page,
			   const char **params)
{
	const FileVersion *file = ((FetchedPage *) linitial(pulled->pages))->file;

	for (int i = 0; i < def->ncolumns; i++)
	{
		const SourceColumn *column = &def->columns[i];

		if (column->is_member)
			params[column->attnum - 1] = page->member;
		if (column->is_modified && file != NULL)
			params[column->attnum - 1] = IsoText(TimestampTzGetDatum(file->modified), TIMESTAMPTZOID);
		if (column->is_size && file != NULL)
			params[column->attnum - 1] = psprintf(INT64_FORMAT, file->size);
	}
}

/* Characters that no text can have. */
static bool
HasNoText(const char *json)
{
	return strstr(json, "\\u0000") != NULL || strstr(json, "\\ud") != NULL ||
		strstr(json, "\\uD") != NULL;
}

void
FileColumnsKeep(const SourceDefinition *def, const char **params, RowReject *reject)
{
	const char *ancestors = reject->context.ancestors;
	StringInfoData text = {NULL};

	for (int i = 0; i < def->ncolumns; i++)
	{
		const SourceColumn *column = &def->columns[i];
		const char *value = params[column->attnum - 1];

		if (!SourceColumnIsOfFile(column) || value == NULL)
			continue;
		if (text.data == NULL)
		{
			initStringInfo(&text);
			appendStringInfoString(&text, ancestors != NULL ? ancestors : "{}");
		}
		text.data[--text.len] = '\0';
		if (text.len > 1)
			appendStringInfoString(&text, ", ");
		escape_json(&text, column->name);
		appendStringInfoString(&text, ": ");
		escape_json(&text, value);
		appendStringInfoChar(&text, '}');
	}
	if (text.data == NULL)
		return;
	reject->whole &= ancestors == NULL || !HasNoText(ancestors);
	reject->context.ancestors = text.data;
}

/* The text of a member of a JSON object; NULL: it has none. */
static char *
MemberText(Datum object, const char *name)
{
	LOCAL_FCINFO(fcinfo, 2);
	Datum		value;

	InitFunctionCallInfoData(*fcinfo, NULL, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = object;
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = CStringGetTextDatum(name);
	fcinfo->args[1].isnull = false;
	value = json_object_field_text(fcinfo);
	return fcinfo->isnull ? NULL : TextDatumGetCString(value);
}

void
FileColumnsTake(const SourceDefinition *def, const char *ancestors, const char **params)
{
	Datum		object = ancestors != NULL ? CStringGetTextDatum(ancestors) : 0;

	for (int i = 0; i < def->ncolumns; i++)
		if (SourceColumnIsOfFile(&def->columns[i]))
			params[def->columns[i].attnum - 1] = object == 0 ? NULL :
				MemberText(object, def->columns[i].name);
}
