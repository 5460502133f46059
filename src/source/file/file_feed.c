/*
 * file_feed.c
 *	  Read files in the order of their slices, opening each one when it is needed.
 */
#include "base/compat.h"
#include "source/feed.h"

#include "base/errors.h"
#include "miscadmin.h"
#include "source/file/file_source.h"
#include "source/params.h"
#include "source/partition_path.h"
#include "source/settings.h"
#include "transport/file_version.h"
#include "transport/page.h"
#include "transport/transport.h"
#include "utils/memutils.h"

typedef struct FilePull
{
	Pull		base;
	Transport  *transport;
	int			next;			/* index of the first slice that was not handed out */
} FilePull;

static void
Open(Pull *base)
{
	FilePull   *pull = (FilePull *) base;

	pull->transport = TransportOpen((size_t) PageMemory * 1024);
}

static TransportRequest
RequestFor(const SourceDefinition *def, const Slice *slice, bool in_pipeline)
{
	const FileSource *file = def->own;
	TransportRequest request = {0};
	char	   *name = ParamText(slice->params, FILE_PARAM);

	if (name == NULL)
		elog(ERROR, "slice %s names no file", slice->params);
	request.method = "GET";
	request.url = psprintf("file:%s", name);
	request.shown_url = request.url;
	request.root = file->root;
	request.compression = file->compression;
	request.members = file->members;
	request.has_parts = file->format.kind == PAGE_XLSX;
	request.max_bytes = file->max_bytes;
	request.wants_checksum = in_pipeline;
	return request;
}

static bool
IsRefused(TransportFailure failure)
{
	return failure == TRANSPORT_FILE || failure == TRANSPORT_NO_FILE ||
		failure == TRANSPORT_FILE_REFUSED;
}

/* What the ledger calls a file that was not opened; NULL: rejected. */
static const char *
StateOf(TransportFailure failure)
{
	switch (failure)
	{
		case TRANSPORT_NO_FILE:
			return "gone";
		case TRANSPORT_FILE_REFUSED:
			return "seen";
		default:
			return NULL;
	}
}

static void
Fail(PulledSlice *out, char *error, const char *hint)
{
	out->verdict = VERDICT_FAIL;
	out->error = error;
	out->hint = hint;
	out->sqlstate = pstrdup(SqlStateText(ERRCODE_ELT_FILE));
}

static void
DescribeFailure(const SourceDefinition *def, const FetchedPage *page, PulledSlice *out)
{
	Fail(out, psprintf("could not read file of foreign table \"%s\": %s", def->relation,
					   page->error),
		 IsRefused(page->failure) ?
		 "The file must be below the directory in option \"root\" of the server and "
		 "readable by the operating system user of PostgreSQL." : NULL);
	out->file_state = StateOf(page->failure);
}

/* A partition whose value the name of the file does not tell; NULL: there is none. */
static const char *
MissingPartition(const SourceDefinition *def, const Slice *slice)
{
	const char *name = ParamText(slice->params, FILE_PARAM);

	for (int i = 0; i < def->ncolumns; i++)
	{
		const char *key = def->columns[i].partition;
		bool		found = key == NULL;

		if (!found)
			(void) PartitionText(name, key, &found);
		if (!found)
			return key;
	}
	return NULL;
}

static void
DescribeMissing(const SourceDefinition *def, const char *key, PulledSlice *out)
{
	Fail(out, psprintf("file \"%s\" of foreign table \"%s\" lies in no directory \"%s=...\"",
					   ParamText(out->slice->params, FILE_PARAM), def->relation, key),
		 "Columns with lineage 'partition' take their values from the directories of a file; exclude "
		 "others with option \"glob\".");
}

static void
TakePage(Pull *pull, FetchedPage *page, PulledSlice *out)
{
	pull->totals.bytes += page->bytes;
	out->bytes += page->bytes;
	out->pages = lappend(out->pages, page);
	out->verdict = VERDICT_SUCCESS;
	if (page->failure != TRANSPORT_NONE)
		DescribeFailure(pull->def, page, out);
}

/* A file whose size tells nothing is read, to see whether it is what has landed. */
static bool
IsAsLanded(const Slice *slice, FileVersion *file)
{
	return slice->landed_checksum != NULL && file->size == slice->landed_size &&
		FileVersionVerify(file) == NULL && strcmp(file->checksum, slice->landed_checksum) == 0;
}

/* A file that must not have changed. */
static void
JudgeLanded(const SourceDefinition *def, PulledSlice *out)
{
	const FetchedPage *page = linitial(out->pages);

	if (IsAsLanded(out->slice, page->file))
	{
		out->verdict = VERDICT_UNCHANGED;
		return;
	}
	out->file_state = "changed";
	Fail(out, psprintf("file of foreign table \"%s\" has changed since it was loaded", def->relation),
		 "Use elt.reload_file to load it again, or set option \"on_change\" of the foreign table.");
}

static void
Fetch(FilePull *pull, PulledSlice *out)
{
	Pull	   *base = &pull->base;
	TransportRequest request = RequestFor(base->def, out->slice, base->in_parts);

	TransportSubmit(pull->transport, &request);
	out->attempts = 1;
	out->requests = 1;
	base->totals.attempts++;
	base->totals.requests++;
	out->bytes = 0;
	while (TransportInFlight(pull->transport) > 0)
		TakePage(base, TransportWait(pull->transport, -1), out);
}

/* -1: there is no more. */
static int
NextNumber(FilePull *pull)
{
	const Pull *base = &pull->base;

	if (base->must_stop != NULL && base->must_stop())
		return -1;
	if (base->choose != NULL)
		return base->choose(base->chooser);
	return pull->next < list_length(base->slices) ? pull->next++ : -1;
}

static bool
Next(Pull *base, PulledSlice *out)
{
	FilePull   *pull = (FilePull *) base;
	int			number = NextNumber(pull);
	const char *missing;

	CHECK_FOR_INTERRUPTS();
	if (number < 0)
		return false;
	out->cxt = AllocSetContextCreate(base->cxt, "elt file", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(out->cxt);
	out->slice = list_nth(base->slices, number);
	Fetch(pull, out);
	missing = MissingPartition(base->def, out->slice);
	if (out->verdict == VERDICT_SUCCESS && missing != NULL)
		DescribeMissing(base->def, missing, out);
	if (out->slice->is_landed && out->verdict == VERDICT_SUCCESS)
		JudgeLanded(base->def, out);
	return true;
}

/* Nobody else is asked for it. */
static bool
IsReady(Pull *base)
{
	return ((FilePull *) base)->next < list_length(base->slices);
}

static void
Close(Pull *base)
{
	TransportClose(((FilePull *) base)->transport);
}

const Feed	FileFeed = {
	.size = sizeof(FilePull),
	.open = Open,
	.next = Next,
	.is_ready = IsReady,
	.close = Close,
};
