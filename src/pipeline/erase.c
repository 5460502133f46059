/*
 * erase.c
 *	  SQL function that removes a key from everything that a pipeline has stored.
 *
 * From the target and what belongs to it, from the children, whose rows hold the key of their
 * parent, from staging tables and from quarantine, in one transaction. What is elsewhere is listed.
 */
#include "base/compat.h"

#include "access/xlog.h"
#include "base/base_relations.h"
#include "base/errors.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/change_log.h"
#include "catalog/command.h"
#include "catalog/pg_type.h"
#include "change/change_erase.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "load/staging.h"
#include "merge/checked_shape.h"
#include "merge/merge_turn.h"
#include "merge/scd2_shape.h"
#include "merge/strategy.h"
#include "miscadmin.h"
#include "pipeline/erase_rejects.h"
#include "star/member_sync.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(elt_erase);

#define ERASE_COLUMNS 4

/* One table of the family: that of the pipeline, or that of a descendant. */
typedef struct Kin
{
	const struct Kin *parent;	/* NULL: the pipeline itself */
	const Pipeline *pipeline;
	MergeShape *shape;
	ErasedKey	key;			/* of the pipeline itself, and of its children by their columns */
	bool		is_direct;		/* it has that key */
} Kin;

typedef struct Erasure
{
	FunctionCallInfo fcinfo;
	List	   *kin;			/* Kin *, each child after its parent */
} Erasure;

/* ---- what is told ---- */

/* rows < 0: none can be counted. */
static void
Tell(const Erasure *e, const char *place, const char *relation, int64 rows, const char *remark)
{
	ReturnSetInfo *result = (ReturnSetInfo *) e->fcinfo->resultinfo;
	Datum		values[ERASE_COLUMNS];
	bool		nulls[ERASE_COLUMNS] = {false, relation == NULL, rows < 0, remark == NULL};

	values[0] = CStringGetTextDatum(place);
	values[1] = relation ? CStringGetTextDatum(relation) : (Datum) 0;
	values[2] = Int64GetDatum(rows);
	values[3] = remark ? CStringGetTextDatum(remark) : (Datum) 0;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* ---- the key ---- */

static void
ReportWrongKey(const Pipeline *p)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, p->key)
		AppendItem(&names, ", ", "%s", (char *) lfirst(lc));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("key does not have the columns of the key of pipeline \"%s\"", p->name),
			 p->key == NIL ? errdetail("The pipeline has no key.")
			 : errdetail("They are: %s.", names.data),
			 errhint("Specify a JSON object with a value for each column, such as {\"id\": 1}.")));
}

static void
CheckKey(const Pipeline *p, Jsonb *key)
{
	if (p->key == NIL || !JB_ROOT_IS_OBJECT(key) || JB_ROOT_COUNT(key) != list_length(p->key))
		ReportWrongKey(p);
}

/* Values as their types write them, converted as the pipeline's owner. */
static ErasedKey
ReadKey(const MergeShape *shape, Jsonb *json)
{
	const Pipeline *p = shape->pipeline;
	ErasedKey	key = {p->key};
	StringInfoData texts;
	ListCell   *lc;
	Sql			q;

	initStringInfo(&texts);
	foreach(lc, shape->keys)
		appendStringInfo(&texts, ", k.%s::text", ((MergeColumn *) lfirst(lc))->name);
	SqlBegin(&q, psprintf("SELECT %s%s FROM jsonb_to_record($1) AS k(%s)", KeyAsJson(shape, "k"),
						  texts.data, ColumnDefinitions(shape->keys)));
	SqlAddJsonb(&q, JsonbToCString(NULL, &json->root, VARSIZE(json)));
	SqlRun(&q, p->owner);
	key.json = SqlText(&q, 0, 1);
	for (int i = 0; i < list_length(p->key); i++)
	{
		char	   *text = SqlText(&q, 0, i + 2);

		if (text == NULL)
			ReportWrongKey(p);
		key.texts = lappend(key.texts, text);
	}
	SqlDone(&q);
	return key;
}

/* ---- conditions ---- */

/* "t.id = '1'::integer AND ..." of the columns that hold the key. */
static char *
ColumnsAre(const MergeShape *shape, const ErasedKey *key, const char *alias)
{
	StringInfoData sql;
	ListCell   *column;
	ListCell   *text;

	initStringInfo(&sql);
	forboth(column, ColumnsNamed(shape, key->columns), text, key->texts)
	{
		const MergeColumn *c = lfirst(column);

		AppendItem(&sql, " AND ", "%s.%s = %s::%s", alias, c->name,
				   quote_literal_cstr(lfirst(text)), c->type);
	}
	return sql.data;
}

/* "c.order_id = p.id": a row of a child and one of its parent. */
static char *
ParentMatches(const Kin *kin, const char *child, const char *parent)
{
	StringInfoData sql;
	ListCell   *holder;
	ListCell   *column;

	initStringInfo(&sql);
	forboth(holder, ColumnsNamed(kin->shape, kin->pipeline->parent_key),
		   column, kin->parent->shape->keys)
		AppendItem(&sql, " AND ", "%s.%s = %s.%s", child, ((MergeColumn *) lfirst(holder))->name,
				   parent, ((MergeColumn *) lfirst(column))->name);
	return sql.data;
}

/* On a row of the target, or of the staging table. NULL: rows do not say whose they are. */
static char *
IsErased(const Kin *kin, bool staged, const char *alias)
{
	const char *parent = psprintf("%sp", alias);
	char	   *condition;

	if (kin->is_direct)
		return ColumnsAre(kin->shape, &kin->key, alias);
	if (kin->pipeline->parent_key == NIL)
		return NULL;
	condition = IsErased(kin->parent, staged, parent);
	if (condition == NULL)
		return NULL;
	return psprintf("EXISTS (SELECT FROM %s AS %s WHERE %s AND %s)",
					staged ? kin->parent->shape->staging : kin->parent->shape->target, parent,
					ParentMatches(kin, alias, parent), condition);
}

/* ---- tables ---- */

static int64
Delete(const Kin *kin, const char *table, const char *condition)
{
	return SqlExec(psprintf("DELETE FROM %s AS t WHERE %s", table, condition),
				   kin->pipeline->owner);
}

typedef struct TargetErasure
{
	const Erasure *e;
	const Kin  *kin;
	const char *place;
	const char *condition;
} TargetErasure;

static void
EraseTarget(void *arg)
{
	TargetErasure *t = arg;
	const ChangeLog *log = ChangeLogOf(t->kin->pipeline->target);
	int64		mark = log != NULL ? ChangesMark(log) : 0;

	if (log != NULL)
		Tell(t->e, "change log", QuotedRelation(log->log), ChangesForget(log, t->condition),
			 "consumers are told of the delete by the key");
	Tell(t->e, t->place, t->kin->shape->target, Delete(t->kin, t->kin->shape->target, t->condition),
		 NULL);
	if (log != NULL)
		ChangesBlank(log, mark);
}

/* Dimensions that follow the table have copies. */
static void
EraseTable(const Erasure *e, const Kin *kin)
{
	TargetErasure t = {e, kin, kin->parent == NULL ? "target" : "child", IsErased(kin, false, "t")};

	if (t.condition == NULL)
		Tell(e, t.place, kin->shape->target, -1, "its rows do not hold the key of their parent");
	else
		MembersForget(EraseTarget, &t);
}

/* Before the versions, by which restatements of a child are found. */
static void
EraseHistory(const Erasure *e, const Kin *kin)
{
	const MergeShape *shape = kin->shape;
	char	   *condition = IsErased(kin, false, "v");
	const Scd2 *scd;

	if (!MergeStrategyOf(kin->pipeline)->keeps_history || condition == NULL)
		return;
	scd = Scd2Of(shape);
	Tell(e, "restatements", scd->restated,
		 Delete(kin, scd->restated, psprintf("EXISTS (SELECT FROM %s AS v WHERE %s AND %s)",
											 shape->target, KeyMatch(shape, "v", "t"), condition)),
		 NULL);
	if (scd->observed != NULL)
		Tell(e, "observations", scd->observed,
			 Delete(kin, scd->observed, IsErased(kin, false, "t")), NULL);
}

static void
EraseStaged(const Erasure *e, const Kin *kin)
{
	char	   *condition = IsErased(kin, true, "t");

	if (condition != NULL && OidIsValid(StagingRelation(kin->pipeline)))
		Tell(e, "staging", kin->shape->staging, Delete(kin, kin->shape->staging, condition), NULL);
}

/* ---- what the catalogue has ---- */

static int64
ErasePending(const Kin *kin)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.pending_delete where pipeline_id = $1 and key = $2");
	SqlAddInt4(&q, kin->pipeline->id);
	SqlAddJsonb(&q, kin->key.json);
	return SqlDo(&q, AsCatalog());
}

/* The record that shows what a field has looked like may be of anybody. */
static int64
ForgetSamples(const Kin *kin)
{
	int64		forgotten;
	Sql			q;

	SqlBegin(&q, "update elt_catalog.drift set sample = null"
			 " where pipeline_id = $1 and sample is not null");
	SqlAddInt4(&q, kin->pipeline->id);
	forgotten = SqlDo(&q, AsCatalog());
	SqlBegin(&q, "update elt_catalog.staged_batch set sample = null, new_fields = null"
			 " where pipeline_id = $1");
	SqlAddInt4(&q, kin->pipeline->id);
	SqlDo(&q, AsCatalog());
	return forgotten;
}

/* Those of a child may hold the key in other columns. */
static int64
EraseSampleKeys(const Kin *kin)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.check_result set sample_keys = case when $3 then"
			 "  (select jsonb_agg(k) from jsonb_array_elements(sample_keys) k where k <> $2) end"
			 " where pipeline_id = $1 and sample_keys is not null"
			 " and (not $3 or sample_keys @> jsonb_build_array($2))");
	SqlAddInt4(&q, kin->pipeline->id);
	SqlAddJsonb(&q, kin->key.json);
	SqlAddBool(&q, kin->parent == NULL);
	return SqlDo(&q, AsCatalog());
}

static void
TellRejects(const Erasure *e, const Kin *kin)
{
	int64		by_word;
	int64		rows = EraseRejects(kin->pipeline, kin->shape->source, &kin->key, &by_word);
	const char *remark = NULL;

	if (by_word > 0)
		remark = psprintf(INT64_FORMAT " of them cannot be decoded, and were removed because their text "
						  "contains the key", by_word);
	Tell(e, "quarantine", psprintf("elt.rejects of %s", kin->pipeline->name), rows, remark);
}

static void
EraseRecords(const Erasure *e, const Kin *kin)
{
	if (kin->is_direct)
		TellRejects(e, kin);
	else
		Tell(e, "quarantine", psprintf("elt.rejects of %s", kin->pipeline->name), -1,
			 "rejects of its rows do not say whose they are; discard them by condition");
	if (kin->parent == NULL)
		Tell(e, "pending deletes", "elt.pending_deletes", ErasePending(kin), NULL);
	Tell(e, "samples", psprintf("elt.drift of %s", kin->pipeline->name), ForgetSamples(kin), NULL);
	Tell(e, "samples", psprintf("elt.check_results of %s", kin->pipeline->name),
		 EraseSampleKeys(kin), NULL);
}

/* ---- what is elsewhere ---- */

static bool
Reads(Oid source, Oid target)
{
	Sql			q;
	bool		reads;

	SqlBegin(&q, WITH_BASE_RELATIONS " select from base where oid = $2");
	SqlAddOid(&q, OIDOID, source);
	SqlAddOid(&q, OIDOID, target);
	reads = SqlRun(&q, AsCatalog()) > 0;
	SqlDone(&q);
	return reads;
}

/* What transforms have made of the rows is theirs. */
static void
TellReaders(const Erasure *e, const Kin *kin)
{
	Sql			q;

	SqlBegin(&q, "select name, source::oid from elt_catalog.pipeline where id <> $1 order by name");
	SqlAddInt4(&q, kin->pipeline->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		if (Reads(DatumGetObjectId(SqlDatum(&q, i, 2, NULL)), kin->pipeline->target))
			Tell(e, "pipeline", SqlText(&q, i, 1), -1, "reads the target; erase its rows too");
	SqlDone(&q);
}

static void
TellUnreached(const Erasure *e)
{
	ListCell   *lc;

	foreach(lc, e->kin)
		TellReaders(e, lfirst(lc));
	Tell(e, "source", NULL, -1, "loads bring the key again as long as the source has it");
	Tell(e, "elsewhere", NULL, -1,
		 "detached partitions, archives, exports, backups and the write-ahead log keep it");
}

/* ---- the family ---- */

static Kin *
KinOf(const Pipeline *p)
{
	Kin		   *kin = palloc0(sizeof(Kin));

	MergeBegin(p);
	kin->pipeline = p;
	kin->shape = MergeShapeOf(p, SourceDefinitionOf(p));
	return kin;
}

static Kin *
ChildOf(const Erasure *e, const Pipeline *p)
{
	Kin		   *kin = KinOf(p);
	ListCell   *lc;

	foreach(lc, e->kin)
		if (((Kin *) lfirst(lc))->pipeline->id == p->parent_id)
			kin->parent = lfirst(lc);
	kin->is_direct = kin->parent->parent == NULL && p->parent_key != NIL;
	kin->key = kin->parent->key;
	kin->key.columns = p->parent_key;
	return kin;
}

static void
FindFamily(Erasure *e, const Pipeline *p, Jsonb *key)
{
	Kin		   *own = KinOf(p);
	ListCell   *lc;

	own->key = ReadKey(own->shape, key);
	own->is_direct = true;
	e->kin = list_make1(own);
	foreach(lc, PipelineDescendants(p))
		e->kin = lappend(e->kin, ChildOf(e, lfirst(lc)));
}

static void
CheckMayErase(const Pipeline *p)
{
	PipelineCheckMayActAsOwner(p, "erase rows of");
}

/*
 * elt.erase(pipeline, key)
 *		Remove a key from all that the pipeline has stored, and list where it may still be.
 */
Datum
elt_erase(PG_FUNCTION_ARGS)
{
	Erasure		e = {fcinfo};
	Pipeline   *p;

	PreventCommandDuringRecovery("elt.erase()");
	RequireArg(fcinfo, 1, "key");
	InitMaterializedSRF(fcinfo, 0);
	p = CommandBeginLocked(fcinfo, CheckMayErase);
	CheckKey(p, PG_GETARG_JSONB_P(1));
	FindFamily(&e, p, PG_GETARG_JSONB_P(1));
	for (int i = list_length(e.kin) - 1; i >= 0; i--)
	{
		const Kin  *kin = list_nth(e.kin, i);

		EraseHistory(&e, kin);
		EraseTable(&e, kin);
		EraseStaged(&e, kin);
		EraseRecords(&e, kin);
	}
	TellUnreached(&e);
	SPI_finish();
	return (Datum) 0;
}
