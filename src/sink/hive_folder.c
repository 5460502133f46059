/*
 * hive_folder.c
 *	  Folders that are named by values of columns, as Hive names them.
 */
#include "base/compat.h"
#include "sink/hive_folder.h"

#include "base/type_text.h"
#include "lib/stringinfo.h"
#include "sink/value_text.h"
#include "source/partition_path.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

typedef struct HiveColumn
{
	int			index;			/* in the rows, from 0 */
	char	   *name;
	FmgrInfo	output;
	bool		byval;
	int16		len;
	Datum		value;			/* of the current folder */
	bool		isnull;
} HiveColumn;

struct HiveFolders
{
	int			ncolumns;
	HiveColumn *columns;
	TupleDesc	file_desc;
	int		   *kept;			/* columns of the rows that files have */
	Datum	   *values;			/* of those */
	bool	   *nulls;
	char	   *folder;			/* NULL before the first row */
	MemoryContext folder_cxt;
};

/* ---- columns ---- */

static int
IndexOf(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of partition_by is no column of the query", name)));
}

static void
SetColumn(HiveFolders *folders, TupleDesc desc, int n, const char *name)
{
	HiveColumn *column = &folders->columns[n];
	Form_pg_attribute att;

	column->index = IndexOf(desc, name);
	for (int i = 0; i < n; i++)
		if (folders->columns[i].index == column->index)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("column \"%s\" stands in partition_by more than once", name)));
	att = TupleDescAttr(desc, column->index);
	column->name = pstrdup(NameStr(att->attname));
	column->byval = att->attbyval;
	column->len = att->attlen;
	column->isnull = true;
	OutputFunctionOf(att->atttypid, &column->output);
}

static bool
NamesFolder(const HiveFolders *folders, int index)
{
	for (int i = 0; i < folders->ncolumns; i++)
		if (folders->columns[i].index == index)
			return true;
	return false;
}

static void
SetFileDesc(HiveFolders *folders, TupleDesc desc)
{
	int			nkept = desc->natts - folders->ncolumns;
	int			n = 0;

	if (nkept <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partition_by leaves no column for the files")));
	folders->file_desc = CreateTemplateTupleDesc(nkept);
	folders->kept = palloc(sizeof(int) * nkept);
	folders->values = palloc(sizeof(Datum) * nkept);
	folders->nulls = palloc(sizeof(bool) * nkept);
	for (int i = 0; i < desc->natts; i++)
		if (!NamesFolder(folders, i))
		{
			folders->kept[n++] = i;
			TupleDescCopyEntry(folders->file_desc, n, desc, i + 1);
		}
}

HiveFolders *
HiveFoldersFor(TupleDesc desc, List *columns)
{
	HiveFolders *folders = palloc0(sizeof(HiveFolders));
	ListCell   *lc;

	folders->columns = palloc0(sizeof(HiveColumn) * list_length(columns));
	foreach(lc, columns)
	{
		SetColumn(folders, desc, folders->ncolumns, lfirst(lc));
		folders->ncolumns++;
	}
	SetFileDesc(folders, desc);
	folders->folder_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt export folder",
												ALLOCSET_SMALL_SIZES);
	return folders;
}

TupleDesc
HiveFileDesc(const HiveFolders *folders)
{
	return folders->file_desc;
}

void
HiveFileValues(HiveFolders *folders, const Datum *values, const bool *nulls,
			   const Datum **file_values, const bool **file_nulls)
{
	for (int i = 0; i < folders->file_desc->natts; i++)
	{
		folders->values[i] = values[folders->kept[i]];
		folders->nulls[i] = nulls[folders->kept[i]];
	}
	*file_values = folders->values;
	*file_nulls = folders->nulls;
}

/* ---- names ---- */

/* What Hive escapes, so that every reader finds the value again. */
static bool
IsEscaped(unsigned char c)
{
	return c < 0x20 || c == 0x7F || strchr("\"#%'*/:=?\\{[]^", c) != NULL;
}

static void
AddEscaped(StringInfo to, const char *text)
{
	for (const char *s = text; *s != '\0'; s++)
		if (IsEscaped((unsigned char) *s))
			appendStringInfo(to, "%%%02X", (unsigned char) *s);
		else
			appendStringInfoChar(to, *s);
}

static const char *
FolderText(HiveColumn *column)
{
	const char *text;

	if (column->isnull)
		return PARTITION_NULL;
	text = Utf8Of(OutputFunctionCall(&column->output, column->value));
	if (text[0] == '\0' || strcmp(text, PARTITION_NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("value \"%s\" of column \"%s\" cannot name a folder", text, column->name),
				 errdetail("Readers would take it for null."),
				 errhint("Exclude or convert it in the query.")));
	return text;
}

static char *
NameFolder(HiveFolders *folders)
{
	StringInfoData name;

	initStringInfo(&name);
	for (int i = 0; i < folders->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoChar(&name, '/');
		AddEscaped(&name, Utf8Of(folders->columns[i].name));
		appendStringInfoChar(&name, '=');
		AddEscaped(&name, FolderText(&folders->columns[i]));
	}
	return name.data;
}

/* ---- rows ---- */

static bool
IsSame(const HiveFolders *folders, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < folders->ncolumns; i++)
	{
		const HiveColumn *column = &folders->columns[i];
		bool		isnull = nulls[column->index];

		if (isnull != column->isnull)
			return false;
		if (!isnull && !datum_image_eq(values[column->index], column->value, column->byval,
									   column->len))
			return false;
	}
	return folders->folder != NULL;
}

bool
HiveFolderIsNew(HiveFolders *folders, const Datum *values, const bool *nulls)
{
	MemoryContext caller;

	if (IsSame(folders, values, nulls))
		return false;
	MemoryContextReset(folders->folder_cxt);
	caller = MemoryContextSwitchTo(folders->folder_cxt);
	for (int i = 0; i < folders->ncolumns; i++)
	{
		HiveColumn *column = &folders->columns[i];

		column->isnull = nulls[column->index];
		if (!column->isnull)
			column->value = datumCopy(values[column->index], column->byval, column->len);
	}
	folders->folder = NameFolder(folders);
	MemoryContextSwitchTo(caller);
	return true;
}

const char *
HiveFolder(const HiveFolders *folders)
{
	return folders->folder;
}
