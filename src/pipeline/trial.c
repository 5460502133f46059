/*
 * trial.c
 *	  SQL function elt.try: declare what elt.infer proposes, load two pages, and undo all of it.
 *
 * The statements are executed as they would be by hand, in a schema of their own, and the pages take
 * the way of every batch: staging, checks, merge. All of it happens in a subtransaction that is rolled
 * back, so nothing remains, however it ends. What is to be shown is copied before.
 */
#include "base/compat.h"

#include "catalog/pg_type.h"
#include "base/attempt.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "funcapi.h"
#include "infer/inference.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pipeline/batch_bounds.h"
#include "pipeline/fields.h"
#include "pipeline/pull_batch.h"
#include "pipeline/slice_parts.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_try);

/* What is loaded of a source: pages, and records of a page of a file. */
#define TRIAL_PAGES 2
#define TRIAL_RECORDS 10000

#define SHOWN_COLUMNS 4
#define DEFAULT_ROWS 5

typedef struct Trial
{
	SampleRequest request;
	char	   *name;			/* of the target, or NULL */
	char	   *schema;
	int32		rows;			/* of each table, to be shown; the same of rejects */
	int			pages;			/* loaded so far */
	int			slices;			/* the same, as a whole or as far as they are wanted */
	bool		more;			/* there is more than was loaded */
	int64		run_id;
	List	   *shown;			/* char **, rows of the result */
	MemoryContext cxt;			/* outlives the subtransaction */
} Trial;

/* ---- declare ---- */

/*
 * Whoever may create pipelines may try one without having a schema for it. Names in the statements
 * are those of this schema; notices tell what is about to be undone.
 */
static void
EnterSchema(Trial *t)
{
	t->schema = psprintf("elt_try_%d", MyProcPid);
	SqlExec(psprintf("CREATE SCHEMA %s", t->schema), ExtensionOwner());
	SqlExec(psprintf("GRANT USAGE, CREATE ON SCHEMA %s TO %s", t->schema,
					 quote_identifier(GetUserNameFromId(GetUserId(), false))), ExtensionOwner());
	SettingSet("search_path", t->schema);
	if (client_min_messages < WARNING)
		SettingSet("client_min_messages", "warning");
}

static void
ExecuteAsCaller(const char *statement)
{
	int			result = SPI_execute(statement, false, 0);

	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", statement, SPI_result_code_string(result));
}

/* Files that have just come are tried too. */
static void
ReadFilesAtOnce(const Trial *t)
{
	Sql			q;

	SqlBegin(&q,
			 "select format('alter foreign table %I.%I options (%s settle ''0'')', n.nspname, c.relname,"
			 " case when exists (select from pg_options_to_table(f.ftoptions)"
			 "  where option_name = 'settle') then 'set' else 'add' end)"
			 " from pg_foreign_table f join pg_class c on c.oid = f.ftrelid"
			 " join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1");
	SqlAddText(&q, t->schema);
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), GetUserId());
}

static void
Declare(Trial *t)
{
	List	   *proposals = InferenceProposals(&t->request, t->name, "try_");
	ListCell   *lc;

	foreach(lc, proposals)
	{
		const Proposal *proposal = lfirst(lc);

		if (proposal->statement != NULL)
			ExecuteAsCaller(pg_any_to_server(proposal->statement, strlen(proposal->statement),
											 PG_UTF8));
		/* pipelines come last, and read their sources */
		if (strcmp(proposal->part, "strategy") == 0 && t->request.is_file)
			ReadFilesAtOnce(t);
	}
}

/* ---- load ---- */

/* False: there is no more. */
static bool
TakePage(Trial *t, Execution *e)
{
	bool		came;

	if (!e->in_parts)
		PartsBegin(e);
	MemoryContextReset(e->slice_cxt);
	MemoryContextSwitchTo(e->cxt);
	came = PullNext(e->pull, &e->pulled);
	MemoryContextSwitchTo(e->slice_cxt);
	if (!came)
		return false;
	if (e->pulled.verdict == VERDICT_FAIL)
		PulledRaise(&e->pulled);
	t->pages += list_length(e->pulled.pages);
	t->more |= t->pages >= TRIAL_PAGES && e->pulled.more;
	/* a slice that goes on is complete as far as this is concerned */
	if (t->pages >= TRIAL_PAGES)
		e->pulled.more = false;
	BatchStageSlice(e);
	t->more |= e->children == NIL && e->parts.counts.rows + e->parts.counts.rejected >= e->most_records;
	e->in_parts = e->pulled.more;
	if (!e->in_parts)
	{
		PartsEndCounts(e, true);
		t->slices++;
	}
	PullRelease(e->pull, &e->pulled);
	return true;
}

static Execution *
BeginExecution(const char *pipeline)
{
	Execution  *e = palloc0(sizeof(Execution));

	e->cxt = CurrentMemoryContext;
	e->batch_cxt = AllocSetContextCreate(e->cxt, "elt batch", ALLOCSET_DEFAULT_SIZES);
	e->slice_cxt = AllocSetContextCreate(e->cxt, "elt slice", ALLOCSET_DEFAULT_SIZES);
	e->pipeline = PipelineByName(pipeline);
	e->run = RunStart(e->pipeline->id, "pull", false, 0, 0);
	e->batch = 1;
	e->step = "pull";
	e->step_started = GetCurrentTimestamp();
	e->most_records = TRIAL_RECORDS;
	PlanReadSource(e);
	PlanRun(e);
	return e;
}

static void
Merge(const char *pipeline)
{
	Sql			q;

	SqlBegin(&q, "select elt.merge($1)");
	SqlAddText(&q, pipeline);
	SqlDo(&q, GetUserId());
}

static void
Load(Trial *t, const char *pipeline)
{
	Execution  *e = BeginExecution(pipeline);

	PullAsRead(e->pull);
	PullInParts(e->pull);
	BatchBegin(e);
	e->fields = FieldsBegin(e->pipeline, e->source, e->reader.decoder);
	BatchBeginStaging(e);
	while (t->pages < TRIAL_PAGES && TakePage(t, e))
		;
	t->more |= t->slices < list_length(e->slices);
	MemoryContextSwitchTo(e->cxt);
	BatchCompleteStaging(e);
	PullClose(e->pull);
	t->run_id = e->run->id;
	RunFinish(t->run_id, "succeeded", NULL);
	Merge(pipeline);
}

/* ---- show ---- */

static void
Show(Trial *t, const char *target, const char *part, const char *item, const char *result)
{
	MemoryContext old = MemoryContextSwitchTo(t->cxt);
	char	  **row = palloc0(sizeof(char *) * SHOWN_COLUMNS);

	row[0] = pstrdup(target);
	row[1] = pstrdup(part);
	row[2] = item == NULL ? NULL : pstrdup(item);
	row[3] = result == NULL ? NULL : pstrdup(result);
	t->shown = lappend(t->shown, row);
	MemoryContextSwitchTo(old);
}

/* Rows of item and result. */
static void
ShowQuery(Trial *t, const char *target, const char *part, Sql *q, Oid role)
{
	SqlRun(q, role);
	for (uint64 i = 0; i < q->processed; i++)
		Show(t, target, part, SqlText(q, i, 1), SqlText(q, i, 2));
	SqlDone(q);
}

static void
ShowCounts(Trial *t, const Pipeline *p, const char *target)
{
	Sql			q;

	SqlBegin(&q,
			 "select null, format('landed: %s, rejected: %s, same key as another: %s; pages: %s%s',"
			 " coalesce(c.rows_inserted, 0), coalesce(c.rows_quarantined, 0),"
			 " coalesce(c.rows_duplicate, 0), $3, case when $4 then ', and there are more' end)"
			 " from (select) one left join (select rows_inserted, rows_quarantined, rows_duplicate"
			 "  from elt_catalog.run where id = $1 and pipeline_id = $2 union all"
			 "  select rows_inserted, rows_quarantined, rows_duplicate"
			 "  from elt_catalog.run_target where run_id = $1 and pipeline_id = $2) c on true");
	SqlAddInt8(&q, t->run_id);
	SqlAddInt4(&q, p->id);
	SqlAddInt4(&q, t->pages);
	SqlAddBool(&q, t->more);
	ShowQuery(t, target, "table", &q, AsCatalog());
}

static bool
HasRange(Oid type)
{
	switch (type)
	{
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case TEXTOID:
			return true;
		default:
			return false;
	}
}

static void
ShowColumn(Trial *t, const char *target, const char *table, const char *column, Oid type)
{
	const char *name = quote_identifier(column);
	Sql			q;

	SqlBegin(&q, psprintf("select $1, $2 || case when count(%s) < count(*)"
						  " then format(', null in %%s rows', count(*) - count(%s)) else '' end%s from %s",
						  name, name, !HasRange(type) ? "" :
						  psprintf(" || coalesce(format(', %%s to %%s', left(min(%s)::text, 40),"
								   " left(max(%s)::text, 40)), '')", name, name), table));
	SqlAddText(&q, column);
	SqlAddText(&q, format_type_be(type));
	ShowQuery(t, target, "column", &q, GetUserId());
}

static List *
ShowColumns(Trial *t, const Pipeline *p, const char *target, const char *table)
{
	List	   *names = NIL;
	Sql			q;

	SqlBegin(&q,
			 "select attname, atttypid from pg_attribute where attrelid = $1 and attnum > 0"
			 " and not attisdropped order by attnum");
	SqlAddOid(&q, OIDOID, p->source);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		char	   *column = SqlText(&q, i, 1);

		names = lappend(names, pstrdup(quote_identifier(column)));
		ShowColumn(t, target, table, column, DatumGetObjectId(SqlDatum(&q, i, 2, NULL)));
	}
	SqlDone(&q);
	return names;
}

static void
ShowRows(Trial *t, const char *target, const char *table, List *columns)
{
	StringInfoData text;
	ListCell   *lc;
	Sql			q;

	initStringInfo(&text);
	foreach(lc, columns)
		appendStringInfo(&text, "%s%s", foreach_current_index(lc) > 0 ? ", " : "", (char *) lfirst(lc));
	SqlBegin(&q, psprintf("select row_number() over (), to_jsonb(r)::text from (select %s from %s"
						  " limit $1) r", text.data, table));
	SqlAddInt4(&q, t->rows);
	ShowQuery(t, target, "row", &q, GetUserId());
}

static void
ShowRejects(Trial *t, const Pipeline *p, const char *target)
{
	Sql			q;

	SqlBegin(&q,
			 "select column_name, concat_ws(': ', message, left(raw, 200)) from elt_catalog.reject"
			 " where pipeline_id = $1 and run_id = $2 order by id limit $3");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, t->run_id);
	SqlAddInt4(&q, t->rows);
	ShowQuery(t, target, "reject", &q, AsCatalog());
}

static void
ShowTable(Trial *t, const Pipeline *p)
{
	char	   *target = get_rel_name(p->target);
	char	   *table = QuotedRelation(p->target);
	List	   *columns;

	ShowCounts(t, p, target);
	columns = ShowColumns(t, p, target, table);
	ShowRows(t, target, table, columns);
	ShowRejects(t, p, target);
}

/* ---- the trial ---- */

/* Names (char *) of the pipelines that were declared, without children. */
static List *
Declared(const Trial *t)
{
	Sql			q;

	SqlBegin(&q,
			 "select p.name from elt_catalog.pipeline p join pg_class c on c.oid = p.source"
			 " join pg_namespace n on n.oid = c.relnamespace"
			 " where n.nspname = $1 and p.parent_id is null order by p.id");
	SqlAddText(&q, t->schema);
	return SqlDoTexts(&q, AsCatalog());
}

static void
Try(void *arg)
{
	Trial	   *t = arg;
	ListCell   *lc;

	SPI_connect();
	EnterSchema(t);
	Declare(t);
	foreach(lc, Declared(t))
	{
		ListCell   *table;

		t->pages = t->slices = 0;
		t->more = false;
		Load(t, lfirst(lc));
		foreach(table, PipelineFamily(PipelineByName(lfirst(lc))))
			ShowTable(t, lfirst(table));
	}
	SPI_finish();
}

static void
Return(ReturnSetInfo *result, char **row)
{
	Datum		values[SHOWN_COLUMNS];
	bool		nulls[SHOWN_COLUMNS];

	for (int i = 0; i < SHOWN_COLUMNS; i++)
	{
		nulls[i] = row[i] == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(row[i]);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * elt.try(server, path, query, params, options, name, max_rows)
 *		Rows, columns and rejects of two pages, loaded as elt.infer proposes. Nothing is kept.
 */
Datum
elt_try(PG_FUNCTION_ARGS)
{
	Trial		t = {0};
	ErrorData  *error;
	ListCell   *lc;

	PreventCommandDuringRecovery("elt.try()");
	t.request = InferenceRequest(fcinfo);
	t.name = InferenceName(fcinfo);
	t.rows = PG_ARGISNULL(6) ? DEFAULT_ROWS : PG_GETARG_INT32(6);
	if (t.rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must not be negative")));
	t.cxt = CurrentMemoryContext;
	error = AttemptAndUndo(Try, &t);
	if (error != NULL)
		ThrowErrorData(error);
	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, t.shown)
		Return((ReturnSetInfo *) fcinfo->resultinfo, lfirst(lc));
	return (Datum) 0;
}
