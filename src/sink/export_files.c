/*
 * export_files.c
 *	  The rows of a query as files where a server says.
 *
 * Files have their names only when all of them are complete.
 */
#include "base/compat.h"
#include "sink/export_files.h"

#include "sink/export_place.h"
#include "sink/export_query.h"
#include "sink/value_text.h"
#include "utils/memutils.h"

typedef struct Export
{
	RowConsumer consumer;		/* first, as rows come to it */
	const ExportSpec *spec;
	ExportPlace place;
	TupleDesc	desc;			/* of the files */
	OutputFile *output;			/* the open one */
	RowFile    *file;
	List	   *outputs;		/* of OutputFile, complete ones */
	List	   *files;			/* of ExportedFile, the same */
} Export;

static void
BeginFile(Export *export, const char *name)
{
	export->output = OutputOpen(export->place.kind, export->place.place, name);
	export->file = RowFileBegin(export->spec->format, &export->spec->options, export->desc,
								export->output);
}

static void
EndFile(Export *export)
{
	ExportedFile *done = palloc0(sizeof(ExportedFile));
	OutputFile *output = export->output;

	done->rows = RowFileEnd(export->file);
	OutputSeal(output);
	done->name = pstrdup(output->name);
	done->bytes = output->bytes;
	done->sha256 = output->sha256;
	export->outputs = lappend(export->outputs, output);
	export->files = lappend(export->files, done);
}

static void
Begin(RowConsumer *consumer, TupleDesc desc)
{
	Export	   *export = (Export *) consumer;

	export->desc = CreateTupleDescCopy(desc);
	BeginFile(export, export->spec->path);
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

	RowFileAdd(row->export->file, row->values, row->nulls);
}

static void
Row(RowConsumer *consumer, const Datum *values, const bool *nulls)
{
	AddedRow	row = {(Export *) consumer, values, nulls};

	WithFixedStyle(AddRow, &row);
}

static void
Publish(Export *export)
{
	ListCell   *lc;

	foreach(lc, export->outputs)
		OutputPublish(lfirst(lc), export->spec->if_exists == IF_EXISTS_REPLACE);
}

static void
Run(Export *export)
{
	const ExportSpec *spec = export->spec;

	export->consumer.begin = Begin;
	export->consumer.row = Row;
	ExportQueryRun(spec->query, spec->partition_by, &export->consumer);
	EndFile(export);
	Publish(export);
}

/* Is there something that stays, so that nothing is to be written? */
static bool
Stays(const Export *export)
{
	const ExportSpec *spec = export->spec;

	if (spec->if_exists == IF_EXISTS_REPLACE ||
		!export->place.kind->exists(export->place.place, spec->path))
		return false;
	if (spec->if_exists == IF_EXISTS_SKIP)
		return true;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_FILE),
			 errmsg("file \"%s\" of server \"%s\" already exists", spec->path, spec->server),
			 errhint("Set if_exists to 'replace' or 'skip', or specify another path.")));
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
