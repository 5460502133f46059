/*
 * rename.c
 *	  Rename pipelines; their state and history are kept.
 */
#include "base/compat.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "catalog/order.h"
#include "check/declared_check.h"
#include "check/renaming.h"
#include "executor/spi.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "load/work.h"
#include "pipeline/define.h"

PG_FUNCTION_INFO_V1(elt_rename_pipeline);

static void
StoreName(const Pipeline *p, const char *name)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.pipeline set name = $2, changed_at = clock_timestamp() "
			 "where id = $1");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, name);
	SqlDo(&q, AsCatalog());
}

/* Those that follow its changes name it. */
static void
RenameInChanges(const Pipeline *p, const char *name)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.pipeline set changes_of = array_replace(changes_of, $1, $2)"
			 " where $1 = any (changes_of)");
	SqlAddText(&q, p->name);
	SqlAddText(&q, name);
	SqlDo(&q, AsCatalog());
}

static void
Rename(Pipeline *p, char *name)
{
	Renaming	r = {p->name, name, NULL};

	DefineCheckName(name);
	StoreName(p, name);
	RenameInChanges(p, name);
	OrderRename(p->name, name);
	StagingRename(p, name);
	WorkTablesDrop(p);
	SourceViewDrop(p);
	p->name = name;
	SourceViewEnsure(p);
	ChecksRename(p, &r);
	ChecksVerify(p);
}

/*
 * elt.rename_pipeline(name, new_name)
 *		Another name for a pipeline, with all of its state.
 */
Datum
elt_rename_pipeline(PG_FUNCTION_ARGS)
{
	Pipeline   *p;

	RequireArg(fcinfo, 1, "new_name");
	p = CommandBeginLocked(fcinfo, PipelineCheckMayDefine);
	Rename(p, TextArg(fcinfo, 1));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}
