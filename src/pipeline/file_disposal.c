/*
 * file_disposal.c
 *	  Last step of files: move or delete those that have landed or were rejected.
 *
 * The landing transaction has recorded which ones those are. They are moved after its commit, and
 * what is left, after a crash or an error, by the next run.
 */
#include "base/compat.h"
#include "pipeline/file_disposal.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "catalog/file_ledger.h"
#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "source/file_policy.h"
#include "source/kind.h"
#include "utils/acl.h"
#include "utils/builtins.h"

static bool
Disposes(const SourceDefinition *source)
{
	return source->files != NULL && (source->files->after_load != DISPOSAL_KEEP ||
									 source->files->on_reject != DISPOSAL_KEEP);
}

static void
CheckRole(Oid role, const char *what)
{
	if (has_privs_of_role(role, ROLE_PG_WRITE_SERVER_FILES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("owner \"%s\" of the %s is not permitted to move or delete files of the server",
					GetUserNameFromId(role, true), what),
			 errdetail("Options \"after_load\" and \"on_reject\" of the foreign table do that."),
			 errhint("Grant role \"pg_write_server_files\" to it, or drop the options.")));
}

void
DisposalCheck(const Pipeline *p, const SourceDefinition *source)
{
	if (!Disposes(source))
		return;
	CheckRole(source->owner, "foreign table");
	CheckRole(p->owner, "pipeline");
	if (PipelineLoadsAll(p) && source->files->after_load != DISPOSAL_KEEP)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"after_load\" of source \"%s\" does not apply to load \"full\"",
						source->relation),
				 errdetail("A full load reads all files each time."),
				 errhint("Omit option \"load\" of the pipeline, or set after_load to 'keep'.")));
}

/* One reason tends to hold for all of them. */
static void
WarnOf(const Pipeline *p, const DisposableFile *first, int files)
{
	ereport(WARNING,
			(errcode(ERRCODE_ELT_FILE),
			 errmsg("pipeline \"%s\": %s", p->name, first->problem),
			 files == 1 ? 0 : errdetail("%d files stay where they are.", files),
			 errhint("The next run tries again. Use SELECT name, first_error FROM elt.files "
					 "WHERE pipeline = %s AND state = 'disposing' to list the files.",
					 quote_literal_cstr(p->name))));
}

void
DisposeLeft(const Execution *e)
{
	List	   *files = Disposes(e->source) ? FileLedgerDisposable(e->pipeline) : NIL;
	const DisposableFile *first = NULL;
	int			left = 0;
	ListCell   *lc;

	foreach(lc, files)
	{
		DisposableFile *file = lfirst(lc);

		e->source->kind->dispose_file(e->source, file);
		if (file->problem == NULL)
			continue;
		first = first == NULL ? file : first;
		left++;
	}
	if (first != NULL)
		WarnOf(e->pipeline, first, left);
	if (files != NIL)
		FileLedgerDispose(e->pipeline, files);
}

static void
DisposeOnce(void *arg)
{
	DisposeLeft(arg);
}

ErrorData *
DisposeBatch(Execution *e)
{
	ErrorData  *error;

	if (!Disposes(e->source))
		return NULL;
	error = Attempt(DisposeOnce, e);
	return error == NULL ? AttemptCommit() : error;
}
