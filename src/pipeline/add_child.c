/*
 * add_child.c
 *	  Add children to pipelines: further tables that are filled from the same responses.
 *
 * A child is a pipeline of its own in all but one thing: it requests nothing. So it has a name, by
 * which checks, rejects and options address it, a staging table and a target.
 */
#include "base/compat.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "catalog/pipeline_option.h"
#include "catalog/staged.h"
#include "change/change_keep.h"
#include "executor/spi.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "pipeline/child_name.h"
#include "pipeline/define.h"
#include "pipeline/given_options.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_add_child);

#define ARG_SOURCE 1
#define ARG_TARGET 2
#define ARG_PARENT_KEY 4
#define ARG_OPTIONS 5

static void
CheckMayAddChild(const Pipeline *p)
{
	PipelineCheckMayActAsOwner(p, "add a child to");
}

static List *
ParentKeyOf(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(ARG_PARENT_KEY) ? NIL : TextArrayStrings(PG_GETARG_DATUM(ARG_PARENT_KEY));
}

static Pipeline *
ChildOfCall(FunctionCallInfo fcinfo, const Pipeline *parent)
{
	Pipeline   *p = palloc0(sizeof(Pipeline));

	p->name = ChildNameFor(parent, TextArg(fcinfo, ARG_TARGET));
	p->owner = parent->owner;
	p->source = PG_GETARG_OID(ARG_SOURCE);
	p->parent_id = parent->id;
	p->root_id = parent->root_id;
	p->parent_key = ParentKeyOf(fcinfo);
	for (int i = 0; i < PipelineOptionCount; i++)
		PipelineOptionReset(&PipelineOptions[i], p);
	p->strategy = SourceIsStream(p->source) ? "upsert" : "replace";
	if (PipelineOptionIn(GivenOptions(fcinfo, ARG_OPTIONS, p), "replace_by"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"replace_by\" does not apply to a child"),
				 errdetail("The rows of each parent are replaced, which parent_key tells apart."),
				 errhint("Omit it.")));
	if (strcmp(p->strategy, "replace") == 0)
		p->replace_by = p->parent_key;
	return p;
}

/* Rows that are staged already were read without it, and are not numbered. */
static void
StageAnew(const Pipeline *parent, const Pipeline *child)
{
	ListCell   *lc;

	foreach(lc, PipelineFamily(PipelineById(parent->root_id)))
		StagedForget(lfirst(lc));
	StagingEnsure(PipelineById(parent->id));
	StagingEnsure(child);
}

/*
 * elt.add_child(pipeline, source, target, key, parent_key, options)
 *		Returns the name of the child.
 */
Datum
elt_add_child(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Pipeline   *parent;
	Pipeline   *p;
	SourceDefinition *source;
	text	   *name;

	ExtensionCheckVersion();
	RequireArg(fcinfo, ARG_SOURCE, "source");
	RequireArg(fcinfo, ARG_TARGET, "target");
	parent = CommandBeginLocked(fcinfo, CheckMayAddChild);
	p = ChildOfCall(fcinfo, parent);
	DefineCheckName(p->name);
	DefineCheckPartitioning(p);
	source = DefineCheckSource(p);
	p->target = DefineEnsureTarget(TextArg(fcinfo, ARG_TARGET), p, source);
	PipelineInsert(p);
	DefineStorePolicy(p);
	if (p->change_log != NULL)
		ChangeLogKeep(p);
	StageAnew(parent, p);
	SourceViewEnsure(p);
	MemoryContextSwitchTo(caller);
	name = cstring_to_text(p->name);
	SPI_finish();
	PG_RETURN_TEXT_P(name);
}
