/*
 * file_slices.c
 *	  The slices of files that a run loads, and the wait until those are complete.
 *
 * A file is complete when it has not been modified for the time of option "settle". Who calls a run
 * waits for that, once; a run of the worker leaves such files for the next one. A full load waits in
 * either case, as it needs all files.
 */
#include "base/compat.h"
#include "pipeline/file_slices.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/item_list.h"
#include "base/pause.h"
#include "base/progress.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "catalog/run.h"
#include "lib/stringinfo.h"
#include "pipeline/file_disposal.h"
#include "pipeline/params_query.h"
#include "source/params.h"
#include "source/slices.h"
#include "transport/file_list.h"
#include "transport/file_version.h"
#include "transport/page.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#define NAMES_SHOWN 5
#define PAUSE_MS 500

/* ---- which files ---- */

bool
FileNamesOf(const Pipeline *p, const SourceDefinition *source, List **names)
{
	ListCell   *lc;

	*names = NIL;
	if (p->params_query != NULL)
	{
		foreach(lc, ParamsQueryRun(p, source))
			*names = lappend(*names, ParamText(lfirst(lc), FILE_PARAM));
		return *names != NIL;
	}
	SourceCheckParamNames(source, p->params);
	foreach(lc, ParamValuesOf(p->params, FILE_PARAM))
		*names = lappend(*names, ((ParamValue *) lfirst(lc))->text);
	return true;
}

static char *
NamesText(List *files)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, files)
	{
		if (foreach_current_index(lc) == NAMES_SHOWN)
		{
			appendStringInfo(&names, ", and %d more", list_length(files) - NAMES_SHOWN);
			break;
		}
		AppendItem(&names, ", ", "\"%s\"", ((ListedFile *) lfirst(lc))->name);
	}
	return names.data;
}

static bool
MayWait(const Execution *e)
{
	return !e->has_waited && (strcmp(e->run->origin, "call") == 0 || PipelineLoadsAll(e->pipeline));
}

static void
TellWait(const Execution *e, const FilePlan *plan)
{
	int			n = list_length(plan->settling);
	double		seconds = (plan->settled_at - GetCurrentTimestamp()) / (double) USECS_PER_SEC;

	ereport(NOTICE,
			(errmsg_plural("pipeline \"%s\" waits %.0f s until %d file is complete: %s",
						   "pipeline \"%s\" waits %.0f s until %d files are complete: %s",
						   n, e->pipeline->name, Max(seconds, 1), n, NamesText(plan->settling)),
			 errdetail("Files that were modified just now may not be complete; see option "
					   "\"settle\" of the foreign table.")));
}

static void
TellLeft(const Execution *e, const FilePlan *plan)
{
	int			n = list_length(plan->settling);
	char	   *left = psprintf(ngettext("%d file may not be complete and is left for a later run: %s",
										 "%d files may not be complete and are left for a later run: %s",
										 n), n, NamesText(plan->settling));

	ereport(NOTICE,
			(errmsg("pipeline \"%s\": %s", e->pipeline->name, left)));
	RunNote(e->run->id, psprintf("%s.", left), NULL);
}

static bool
IsEmptied(const Execution *e)
{
	const Pipeline *p = e->pipeline;
	Sql			q;
	bool		emptied;

	SqlBeginKept(&q,
				 "select exists (select from pg_class where oid = $2 and relkind = 'r'"
				 "  and pg_relation_size(oid) = 0)"
				 " and exists (select from elt_catalog.file"
				 "  where pipeline_id = $1 and outcome = 'landed' and rows > 0)");
	SqlAddInt4(&q, p->id);
	SqlAddOid(&q, REGCLASSOID, p->target);
	SqlRun(&q, AsCatalog());
	emptied = SqlBool(&q, 0, 1);
	SqlDone(&q);
	/* the rows of a distributed table are elsewhere */
	return emptied && SqlExec(psprintf("select from %s limit 1", QuotedRelation(p->target)), p->owner) == 0;
}

/* Whoever has truncated the target may expect that its files are loaded again. */
static void
TellEmptied(const Execution *e)
{
	const Pipeline *p = e->pipeline;
	const char *told = psprintf("Target \"%s\" is empty, but files have landed in it, which are not loaded "
								"again.", RelationLabel(p->target));
	const char *hint = psprintf("Use SELECT elt.reset_pipeline(%s) to load all files again.",
								quote_literal_cstr(p->name));

	ereport(NOTICE,
			(errmsg("pipeline \"%s\" has no file to load", p->name),
			 errdetail_internal("%s", told),
			 errhint("%s", hint)));
	RunNote(e->run->id, told, hint);
}

static FilePlan *
NoFiles(void)
{
	return palloc0(sizeof(FilePlan));
}

FilePlan *
FilesOfRun(Execution *e)
{
	const Pipeline *p = e->pipeline;
	bool		all = PipelineLoadsAll(p);
	FilePlan   *plan;
	List	   *names;

	FilePolicyCheck(p, e->source);
	DisposalCheck(p, e->source);
	DisposeLeft(e);
	if (!FileNamesOf(p, e->source, &names))
		return NoFiles();
	plan = FilesPlan(p, e->source, e->run, names, all, e->definition);
	if (plan->settled_at != 0 && MayWait(e))
	{
		TellWait(e, plan);
		e->settle_until = plan->settled_at;
		return NULL;
	}
	if (plan->settling != NIL && !all)
		TellLeft(e, plan);
	else if (plan->due == NIL && plan->known > 0 && IsEmptied(e))
		TellEmptied(e);
	return plan;
}

/* ---- their slices ---- */

/* As jsonb prints it. */
static char *
ParamsOf(const char *name)
{
	StringInfoData params;

	initStringInfo(&params);
	appendStringInfoString(&params, "{\"" FILE_PARAM "\": ");
	escape_json(&params, name);
	appendStringInfoChar(&params, '}');
	return params.data;
}

List *
FileCombinations(const FilePlan *plan)
{
	List	   *combinations = NIL;
	ListCell   *lc;

	foreach(lc, plan->due)
		combinations = lappend(combinations, ParamsOf(((DueFile *) lfirst(lc))->name));
	return combinations;
}

static void
Mark(Slice *slice, const DueFile *file, int place)
{
	slice->place = place;
	slice->file_size = Max(file->size, 0);
	slice->is_landed = file->is_landed;
	slice->landed_size = file->landed_size;
	slice->landed_checksum = file->landed_checksum;
}

/* Slices that are paused are not among them. */
void
FileSlicesMark(const FilePlan *plan, List *slices)
{
	ListCell   *file = list_head(plan->due);
	ListCell   *lc;

	foreach(lc, slices)
	{
		Slice	   *slice = lfirst(lc);

		while (strcmp(ParamsOf(((DueFile *) lfirst(file))->name), slice->params) != 0)
			file = lnext(plan->due, file);
		Mark(slice, lfirst(file), foreach_current_index(lc));
		file = lnext(plan->due, file);
	}
}

/* At least one, or it would never be loaded. */
List *
FileSlicesLimit(const FilePolicy *policy, List *slices)
{
	int64		bytes = 0;
	ListCell   *lc;

	foreach(lc, slices)
	{
		int			n = foreach_current_index(lc);

		bytes += ((Slice *) lfirst(lc))->file_size;
		if ((policy->max_files > 0 && n == policy->max_files) ||
			(policy->max_bytes > 0 && n > 0 && bytes > policy->max_bytes))
			return list_truncate(slices, n);
	}
	return slices;
}

/* ---- waiting ---- */

static void
Pause(void *arg)
{
	const Execution *e = arg;
	int64		left;

	while ((left = e->settle_until - GetCurrentTimestamp()) > 0 && !ProgressMustStop())
		PauseFor(Min(left / 1000 + 1, PAUSE_MS));
}

static void
PlanAgain(void *arg)
{
	PlanRun(arg);
}

ErrorData *
FilesAwait(Execution *e)
{
	ErrorData  *error;

	if (e->settle_until == 0)
		return NULL;
	ProgressPhase("settle");
	error = Attempt(Pause, e);
	e->settle_until = 0;
	e->has_waited = true;
	if (error == NULL)
		error = Attempt(PlanAgain, e);
	if (error == NULL)
		CommitPhase();
	return error;
}

/* ---- reading ---- */

void
FileVerify(Execution *e)
{
	ListCell   *lc;

	if (e->source->files == NULL)
		return;
	foreach(lc, e->pulled.pages)
	{
		FileVersion *file = ((FetchedPage *) lfirst(lc))->file;
		char	   *change = file == NULL ? NULL : FileVersionVerify(file);

		if (change == NULL)
			continue;
		e->pulled.file_state = "settling";
		ereport(ERROR,
				(errcode(ERRCODE_ELT_FILE),
				 errmsg("%s", change),
				 errdetail("None of its rows land; the next run reads it again."),
				 errhint("Increase option \"settle\" of the foreign table if files are written slowly, "
						 "or write them under another name and rename them.")));
	}
}

/* As messages of rejects begin. */
static int64
LineOf(const char *message)
{
	long long	line;

	return message != NULL && sscanf(message, "line %lld:", &line) == 1 ? line : 0;
}

void
FileJudgeRejects(Execution *e, const SliceParts *staged)
{
	const StageCounts *counts = &staged->counts;
	int64		records = counts->rows + counts->rejected;

	if (e->source->files == NULL || e->source->files->reject_percent < 0 || counts->undecoded == 0 ||
		counts->undecoded * 100.0 <= e->source->files->reject_percent * records)
		return;
	e->pulled.file_rejects = counts->undecoded;
	e->pulled.file_error_line = LineOf(staged->first_reject);
	ereport(ERROR,
			(errcode(ERRCODE_ELT_TOO_MANY_REJECTED),
			 errmsg("%lld of %lld records of the file are invalid, more than reject_file allows",
					(long long) counts->undecoded, (long long) records),
			 staged->first_reject ?
			 errdetail_internal("The first error was: %s", staged->first_reject) : 0,
			 errhint("Correct the file, or increase option \"reject_file\" of the foreign table.")));
}
