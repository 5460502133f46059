/*
 * run_report.c
 *	  What a session that executes a run is told of it: counts, failed slices, rejected rows.
 */
#include "base/compat.h"
#include "pipeline/run_report.h"

#include "base/errors.h"
#include "base/item_list.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

static const char *
DescribeDuplicates(const MergeCounts *c)
{
	if (c->conflicting == 0)
		return "duplicate";
	return psprintf("duplicate (" INT64_FORMAT " conflicting)", c->conflicting);
}

/* "3 rows read: 2 inserted, 1 unchanged", without what is zero. */
static char *
DescribeCounts(const MergeCounts *c)
{
	const struct
	{
		int64		count;
		const char *what;
	}			parts[] = {
		{c->inserted, "inserted"}, {c->updated, "updated"}, {c->unchanged, "unchanged"},
		{c->deleted, "deleted"}, {c->stale, "stale"}, {c->duplicate, DescribeDuplicates(c)},
		{c->quarantined, "quarantined"}, {c->dropped, "dropped"}, {c->removed, "removed"},
		{c->pending, "pending deletion"},
	};
	StringInfoData text;
	const char *separator = ": ";

	initStringInfo(&text);
	appendStringInfo(&text, ngettext("%lld row read", "%lld rows read", c->read),
					 (long long) c->read);
	for (int i = 0; i < lengthof(parts); i++)
	{
		if (parts[i].count == 0)
			continue;
		appendStringInfo(&text, "%s" INT64_FORMAT " %s", separator, parts[i].count,
						 parts[i].what);
		separator = ", ";
	}
	return text.data;
}

/* "4 slices (3 unchanged)" */
static char *
DescribeSlices(const Execution *e)
{
	char	   *slices = psprintf(ngettext("%lld slice", "%lld slices", e->slices_done),
								  (long long) e->slices_done);

	if (e->slices_unchanged == 0)
		return slices;
	return psprintf("%s (" INT64_FORMAT " unchanged)", slices, e->slices_unchanged);
}

/* Its own name and those of its children, as far as rows of theirs were rejected: 'a', 'b' */
static char *
QuoteRejecting(const Execution *e, List *children)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	if (e->counts.quarantined > 0)
		appendStringInfoString(&names, quote_literal_cstr(e->pipeline->name));
	foreach(lc, children)
		if (((ChildCounts *) lfirst(lc))->counts.quarantined > 0)
			AppendItem(&names, ", ", "%s", quote_literal_cstr(((ChildCounts *) lfirst(lc))->name));
	return names.data;
}

static int
ChildrenDetail(List *children)
{
	StringInfoData lines;
	ListCell   *lc;

	if (children == NIL)
		return 0;
	initStringInfo(&lines);
	foreach(lc, children)
	{
		const ChildCounts *child = lfirst(lc);

		AppendItem(&lines, "\n", "Child \"%s\": %s.", child->name, DescribeCounts(&child->counts));
	}
	return errdetail_internal("%s", lines.data);
}

static int
RejectsHint(const char *names)
{
	if (*names == '\0')
		return 0;
	return errhint("Use SELECT * FROM elt.rejects WHERE pipeline %s%s%s to see the rejected rows.",
				   strchr(names, ',') ? "IN (" : "= ", names, strchr(names, ',') ? ")" : "");
}

void
RunReportSuccess(const Execution *e)
{
	List	   *children = e->children != NIL ? RunChildren(e->run->id) : NIL;
	char	   *rejecting = QuoteRejecting(e, children);

	if (e->slices == NIL)
		ereport(NOTICE,
				(errmsg("pipeline \"%s\": nothing is due", e->pipeline->name)));
	else
		ereport(NOTICE,
				(errmsg("pipeline \"%s\": %s, %s", e->pipeline->name, DescribeSlices(e),
						DescribeCounts(&e->counts)),
				 ChildrenDetail(children),
				 RejectsHint(rejecting)));
}

void
RunReportPartial(const Execution *e)
{
	const ErrorData *error = e->slice_error;

	ereport(WARNING,
			(errcode(ERRCODE_ELT_SLICE_FAILED),
			 errmsg_internal("%s", error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
}

void
RunReportStaged(const Execution *e)
{
	const char *name = e->pipeline->name;
	int64		rejected = e->batch_rejected;
	int64		staged = e->batch_rows - rejected;

	ereport(NOTICE,
			(errmsg_plural("pipeline \"%s\": %lld row staged in table \"%s\"",
						   "pipeline \"%s\": %lld rows staged in table \"%s\"", staged, name,
						   (long long) staged, PipelineStaging(e->pipeline)),
			 rejected == 0 ? 0 :
			 errdetail_plural("%lld row was rejected; the merge moves it to elt.rejects.",
							  "%lld rows were rejected; the merge moves them to elt.rejects.", rejected,
							  (long long) rejected),
			 errhint("Use SELECT * FROM elt.merge(%s) to merge them.", quote_literal_cstr(name))));
}
