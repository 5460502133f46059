/*
 * unproven.c
 *	  Slices whose lists contradict themselves however often they are asked for.
 *
 * What came is right as far as it goes, so it lands; what is told by what did not come is not to
 * be believed. A load that deletes what is absent deletes nothing (absence.c), and a window that
 * would be replaced by half of itself stays as it is.
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
	pulled->error = psprintf("it is not proven that the list is complete: %s",
							 pulled->unproven);
	pulled->detail = "The rows of its window would be replaced by what may be a part of them.";
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
	if (e->slices_unproven == 0 || strcmp(e->pipeline->absent, "delete") == 0)
		return;
	detail = psprintf(ngettext("The list of %lld slice is not proven complete. Slice %s.",
							   "The lists of %lld slices are not proven complete. The first one "
							   "is slice %s.", e->slices_unproven),
					  (long long) e->slices_unproven, e->first_unproven);
	RunNote(e->run->id, detail, NULL);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("pipeline \"%s\" has read lists that contradict themselves",
					e->pipeline->name),
			 errdetail_internal("%s", detail),
			 errhint("They have landed all the same. SELECT * FROM elt.slices WHERE pipeline = %s "
					 "AND unproven IS NOT NULL shows them.",
					 quote_literal_cstr(e->pipeline->name))));
}
