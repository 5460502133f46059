/*
 * unproven.c
 *	  Slices whose lists stay inconsistent however often they are requested.
 *
 * The rows received are valid, so they land, but nothing follows from missing rows: a load that
 * deletes absent rows deletes nothing (absence.c), and a window that would be replaced by a part of
 * itself stays as it is.
 */
#include "base/compat.h"
#include "pipeline/execution.h"

#include "base/errors.h"
#include "merge/strategy.h"
#include "pipeline/slice_error.h"
#include "utils/builtins.h"

static void
Refuse(PulledSlice *pulled)
{
	pulled->verdict = VERDICT_FAIL;
	pulled->sqlstate = pstrdup(SqlStateText(ERRCODE_ELT_BAD_PAGE));
	pulled->error = psprintf("could not verify that the list is complete: %s",
							 pulled->unproven);
	pulled->detail = "Replacing the rows of its window by an incomplete list would lose rows.";
}

static void
Count(Execution *e)
{
	MemoryContext old;

	e->slices_unproven++;
	if (e->first_unproven != NULL)
		return;
	old = MemoryContextSwitchTo(e->cxt);
	e->first_unproven = psprintf("%s: %s", SliceName(e->pulled.slice), e->pulled.unproven);
	MemoryContextSwitchTo(old);
}

void
JudgeUnproven(Execution *e)
{
	if (e->pulled.unproven == NULL)
		return;
	if (MergeStrategyOf(e->pipeline)->replaces_windows)
		Refuse(&e->pulled);
	else
		Count(e);
}

void
TellUnproven(const Execution *e)
{
	char	   *detail;

	/* one that deletes nothing for it says so itself */
	if (e->slices_unproven == 0 || PipelineDeletesAbsent(e->pipeline) ||
		e->pipeline->replace_by != NIL)
		return;
	detail = psprintf(ngettext("The list of %lld slice may be incomplete. Slice %s.",
							   "The lists of %lld slices may be incomplete. The first one is "
							   "slice %s.", e->slices_unproven),
					  (long long) e->slices_unproven, e->first_unproven);
	RunNote(e->run->id, detail, NULL);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("pipeline \"%s\" received inconsistent lists",
					e->pipeline->name),
			 errdetail_internal("%s", detail),
			 errhint("Their rows were loaded nevertheless. Use SELECT * FROM elt.slices WHERE "
					 "pipeline = %s AND unproven IS NOT NULL to list these slices.",
					 quote_literal_cstr(e->pipeline->name))));
}
