/*
 * relation_kind.c
 *	  The kind of source for any relation.
 */
#include "base/compat.h"
#include "source/relation/relation_source.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "base/sql.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "source/cursor.h"
#include "source/relation/relation_bases.h"
#include "source/relation/relation_order.h"
#include "source/relation/relation_settle.h"
#include "source/values.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void
CheckRelkind(const SourceDefinition *def)
{
	switch (get_rel_relkind(def->relid))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" cannot be the source of a pipeline", def->relation),
					 errdetail("A source is a table, a view, a materialized view or a foreign "
							   "table.")));
	}
}

static void
Read(SourceDefinition *def, const ForeignServer *server, const ForeignTable *table)
{
	CheckRelkind(def);
	def->own = palloc0(sizeof(RelationSource));
	def->resumes = true;
}

static void
ReadColumn(SourceColumn *column, List *options)
{
}

static void
CheckHasNoParams(const SourceDefinition *def, const Pipeline *p)
{
	if (p->params_query == NULL && strcmp(p->params, "{}") == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" does not apply to source \"%s\"",
					p->params_query == NULL ? "params" : "params_query", def->relation),
			 errdetail("Only foreign tables of pg_elt have params."),
			 errhint("Use a view that selects the rows.")));
}

static void
ReadPipeline(SourceDefinition *def, const Pipeline *p)
{
	RelationSource *relation = def->own;

	CheckHasNoParams(def, p);
	relation->owner = p->owner;
	relation->pipeline = p->name;
	relation->table = QuotedRelation(def->relid);
	relation->loads_all = PipelineLoadsAll(p);
	relation->lookback = p->lookback;
	relation->has_start_at = p->has_start_at;
	relation->start_at = p->start_at;
	def->cursor_column = p->cursor_column;
	def->cursor_style.zone = ParseTimeZone("UTC");
	RelationBasesFind(def);
	RelationOrderSet(def, p->key);
}

static void
Check(SourceDefinition *def)
{
	CursorCheck(def);
}

/* Those of the pipeline's owner are checked for every source. */
static void
CheckRights(const SourceDefinition *def)
{
}

static char *
UnknownParamHint(const char *name)
{
	return "Use a view that selects the rows.";
}

const SourceKind RelationKind = {
	.wrapper = NULL,
	.feed = &RelationFeed,
	.init = RelationSettleInit,
	.read = Read,
	.read_column = ReadColumn,
	.read_pipeline = ReadPipeline,
	.check = Check,
	.check_rights = CheckRights,
	.unknown_param_hint = UnknownParamHint,
};
