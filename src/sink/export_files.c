/*
 * export_files.c
 *	  The rows of a query as files where a server says.
 *
 * Files have their names only when all of them are complete.
 */
#include "base/compat.h"
#include "sink/export_files.h"

#include "miscadmin.h"
#include "sink/export_place.h"
#include "sink/export_query.h"
#include "sink/hive_folder.h"
#include "sink/manifest.h"
#include "sink/packed_output.h"
#include "sink/read_back.h"
#include "sink/row_hash.h"
#include "sink/value_text.h"
#include "utils/memutils.h"

typedef struct Export
{
	RowConsumer consumer;		/* first, as rows come to it */
	const ExportSpec *spec;
	ExportPlace place;
	TupleDesc	desc;			/* of the files */
	HiveFolders *folders;		/* NULL: there is one file */
	OutputFile *output;			/* the open one, or NULL */
	RowFile    *file;
	RowHasher  *hasher;			/* NULL: nothing is verified */
	RowSum		sum;			/* of the open file */
	List	   *outputs;		/* of OutputFile, complete ones */
	List	   *files;			/* of ExportedFile, the same */
} Export;

static void
BeginFile(Export *export, const char *name)
{
	export->sum = (RowSum) {0};
	export->output = OutputOpen(export->place.kind, export->place.place, name);
	export->file = RowFileBegin(export->spec->format, &export->spec->options, export->desc,
								export->output);
}

/* As it is read, it must have the rows that were written. */
static void
Verify(Export *export)
{
	RowSum		read = ReadBack(export->output, export->spec->format, &export->spec->options,
								export->desc);

	if (RowSumsAreEqual(read, export->sum))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("file \"%s\" does not have the rows that were written", export->output->name),
			 read.rows != export->sum.rows ?
			 errdetail("It has %lld rows, but %lld were written.", (long long) read.rows,
					   (long long) export->sum.rows) :
			 errdetail("Some of its %lld rows differ.", (long long) read.rows)));
}

static void
EndFile(Export *export)
{
	OutputFile *output = export->output;
	ExportedFile *done;

	if (output == NULL)
		return;
	done = palloc0(sizeof(ExportedFile));
	done->rows = RowFileEnd(export->file);
	OutputSeal(output);
	if (export->hasher != NULL)
		Verify(export);
	done->name = pstrdup(output->name);
	done->bytes = output->bytes;
	done->sha256 = output->sha256;
	export->outputs = lappend(export->outputs, output);
	export->files = lappend(export->files, done);
	export->output = NULL;
}

static bool
HasFolders(const Export *export)
{
	return export->spec->partition_by != NIL;
}

/* Readers find columns by their names. */
static void
CheckNames(TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
		for (int k = 0; k < i; k++)
			if (strcmp(NameStr(TupleDescAttr(desc, i)->attname),
					   NameStr(TupleDescAttr(desc, k)->attname)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("query has several columns \"%s\"",
								NameStr(TupleDescAttr(desc, i)->attname)),
						 errhint("Give each column a name of its own.")));
	if (desc->natts == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query has no columns")));
}

static void
Begin(RowConsumer *consumer, TupleDesc desc)
{
	Export	   *export = (Export *) consumer;

	CheckNames(desc);
	export->desc = CreateTupleDescCopy(desc);
	if (HasFolders(export))
	{
		export->folders = HiveFoldersFor(export->desc, export->spec->partition_by);
		export->desc = HiveFileDesc(export->folders);
	}
	if (export->spec->verify)
		export->hasher = RowHasherFor(export->desc);
	if (!HasFolders(export))
		BeginFile(export, export->spec->path);
}

/* A number of their own, since a folder may come again when values differ that sort as equal. */
static char *
PartName(const Export *export)
{
	const ExportSpec *spec = export->spec;

	return psprintf("%s/%s/part-%05d%s%s", spec->path, HiveFolder(export->folders),
					list_length(export->files), spec->format->suffix,
					spec->format->is_packed ? "" : PackedOutputSuffix(spec->options.codec));
}

typedef struct AddedRow
{
	Export	   *export;
	const Datum *values;
	const bool *nulls;
} AddedRow;

static void
AddRow(void *arg)
{
	AddedRow   *row = arg;
	Export	   *export = row->export;

	if (export->folders != NULL)
	{
		if (HiveFolderIsNew(export->folders, row->values, row->nulls))
		{
			EndFile(export);
			BeginFile(export, PartName(export));
		}
		HiveFileValues(export->folders, row->values, row->nulls, &row->values, &row->nulls);
	}
	if (export->hasher != NULL)
		RowSumAdd(export->hasher, &export->sum, row->values, row->nulls);
	RowFileAdd(export->file, row->values, row->nulls);
}

static void
Row(RowConsumer *consumer, const Datum *values, const bool *nulls)
{
	AddedRow	row = {(Export *) consumer, values, nulls};

	WithFixedStyle(AddRow, &row);
}

/* ---- publishing ---- */

/* What an earlier export has left in the folder. */
static List *
EarlierFiles(const Export *export)
{
	const ExportPlace *place = &export->place;
	const ExportSpec *spec = export->spec;

	if (!HasFolders(export) || !place->kind->exists(place->place, ManifestName(spec->path)))
		return NIL;
	return ManifestFiles(place->kind, place->place, spec->path);
}

static void
RemoveEarlier(const Export *export, List *earlier)
{
	const char *folder = psprintf("%s/", export->spec->path);
	ListCell   *lc;

	foreach(lc, earlier)
	{
		const char *name = lfirst(lc);
		bool		is_ours = false;
		ListCell   *file;

		foreach(file, export->files)
			is_ours |= strcmp(((ExportedFile *) lfirst(file))->name, name) == 0;
		if (!is_ours && strncmp(name, folder, strlen(folder)) == 0)
			export->place.kind->remove(export->place.place, name);
	}
}

/* Those that replaced nothing go again. */
static void
Withdraw(const Export *export)
{
	ListCell   *lc;

	foreach(lc, export->outputs)
	{
		const OutputFile *output = lfirst(lc);

		if (output->state == OUTPUT_PUBLISHED)
			output->kind->remove(output->place, output->name);
	}
}

static void
PublishAll(Export *export)
{
	bool		replace = export->spec->if_exists == IF_EXISTS_REPLACE;
	ListCell   *lc;

	PG_TRY();
	{
		foreach(lc, export->outputs)
			OutputPublish(lfirst(lc), replace);
	}
	PG_CATCH();
	{
		if (!replace)
			Withdraw(export);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

static void
Publish(Export *export)
{
	List	   *earlier = EarlierFiles(export);

	if (HasFolders(export))
		export->outputs = lappend(export->outputs,
								  ManifestWrite(export->place.kind, export->place.place,
												export->spec->path, export->files));
	HOLD_INTERRUPTS();
	PublishAll(export);
	RemoveEarlier(export, earlier);
	RESUME_INTERRUPTS();
}

static void
EndLastFile(void *arg)
{
	EndFile(arg);
}

static void
Run(Export *export)
{
	const ExportSpec *spec = export->spec;

	export->consumer.begin = Begin;
	export->consumer.row = Row;
	ExportQueryRun(spec->query, spec->partition_by, &export->consumer);
	WithFixedStyle(EndLastFile, export);
	Publish(export);
}

/* A folder is replaced by its manifest, so that nothing is removed that was not exported. */
static void
CheckReplaced(const Export *export)
{
	const ExportSpec *spec = export->spec;
	const ExportPlace *place = &export->place;

	if (HasFolders(export) && !place->kind->exists(place->place, ManifestName(spec->path)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FILE),
				 errmsg("\"%s\" of server \"%s\" cannot be replaced", spec->path, spec->server),
				 errdetail("It has no file \"%s\", which lists the files of an export.",
						   MANIFEST_NAME),
				 errhint("Specify another path, or remove what is there.")));
}

/* Is there something that stays, so that nothing is to be written? */
static bool
Stays(const Export *export)
{
	const ExportSpec *spec = export->spec;

	if (!export->place.kind->exists(export->place.place, spec->path))
		return false;
	if (spec->if_exists == IF_EXISTS_SKIP)
		return true;
	if (spec->if_exists == IF_EXISTS_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FILE),
				 errmsg("\"%s\" of server \"%s\" already exists", spec->path, spec->server),
				 errhint("Set if_exists to 'replace' or 'skip', or specify another path.")));
	CheckReplaced(export);
	return false;
}

List *
ExportRun(const ExportSpec *spec)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt;
	Export	   *export = palloc0(sizeof(Export));

	export->spec = spec;
	ExportPathCheck(spec->path);
	export->place = ExportPlaceOf(spec->server);
	if (Stays(export))
		return NIL;
	cxt = AllocSetContextCreate(caller, "elt export", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		Run(export);
	}
	PG_CATCH();
	{
		/* what is not published goes with the memory */
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(cxt);
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return export->files;
}
