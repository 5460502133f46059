/*
 * pipeline.c
 *	  Read and write definitions of pipelines, check rights on one, and hold it.
 */
#include "base/compat.h"
#include "catalog/pipeline.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The pipeline that a run of this session holds; 0: none. */
static int32 running_here = 0;

/* What elt.create_pipeline decides, in the order of PipelineInsert and ReadPipeline. */
#define DEFINED_COLUMNS \
	"name, owner, source, target, key, strategy, load, params, params_query, start_at," \
	" lookback, publication_delay, not_yet_limit, cursor_column, fail_after, partition_by," \
	" max_future, max_new_partitions, batch_rows, batch_bytes, max_attempts, schedule," \
	" sequence_by, delete_when, tombstone_retention, update_columns, insert_only_columns," \
	" track_columns, deletes, first_valid_from, late_horizon, late_policy, absent," \
	" max_delete_percent, min_rows_percent, batch_seconds, max_reject_percent, on_missing_field"

#define PIPELINE_COLUMNS DEFINED_COLUMNS ", id, paused, definition_version"

static Pipeline *
ReadPipeline(Sql *q)
{
	Pipeline   *p = palloc0(sizeof(Pipeline));
	bool		isnull;
	int			c = 0;

	p->name = SqlText(q, 0, ++c);
	p->owner = DatumGetObjectId(SqlDatum(q, 0, ++c, NULL));
	p->source = DatumGetObjectId(SqlDatum(q, 0, ++c, NULL));
	p->target = DatumGetObjectId(SqlDatum(q, 0, ++c, NULL));
	p->key = SqlTextArray(q, 0, ++c);
	p->strategy = SqlText(q, 0, ++c);
	p->load = SqlText(q, 0, ++c);
	p->params = SqlText(q, 0, ++c);
	p->params_query = SqlText(q, 0, ++c);
	p->start_at = SqlTime(q, 0, ++c, &isnull);
	p->has_start_at = !isnull;
	p->lookback = SqlInterval(q, 0, ++c);
	p->publication_delay = SqlInterval(q, 0, ++c);
	p->not_yet_limit = SqlInterval(q, 0, ++c);
	p->cursor_column = SqlText(q, 0, ++c);
	p->fail_after = SqlInt4(q, 0, ++c, &isnull);
	p->partition_by = SqlText(q, 0, ++c);
	p->max_future = SqlInterval(q, 0, ++c);
	p->max_new_partitions = SqlInt4(q, 0, ++c, NULL);
	p->batch_rows = SqlInt8(q, 0, ++c, NULL);
	p->batch_bytes = SqlInt8(q, 0, ++c, NULL);
	p->max_attempts = SqlInt4(q, 0, ++c, NULL);
	p->schedule = SqlText(q, 0, ++c);
	p->sequence_by = SqlTextArray(q, 0, ++c);
	p->delete_when = SqlText(q, 0, ++c);
	p->tombstone_retention = SqlInterval(q, 0, ++c);
	p->update_columns = SqlTextArray(q, 0, ++c);
	p->insert_only_columns = SqlTextArray(q, 0, ++c);
	p->track_columns = SqlTextArray(q, 0, ++c);
	p->deletes = SqlText(q, 0, ++c);
	p->first_valid_from = SqlText(q, 0, ++c);
	p->late_horizon = SqlInterval(q, 0, ++c);
	p->late_policy = SqlText(q, 0, ++c);
	p->absent = SqlText(q, 0, ++c);
	p->max_delete_percent = SqlFloat8(q, 0, ++c);
	p->min_rows_percent = SqlFloat8(q, 0, ++c);
	p->batch_seconds = SqlInt4(q, 0, ++c, NULL);
	p->max_reject_percent = SqlFloat8(q, 0, ++c);
	p->on_missing_field = SqlText(q, 0, ++c);
	p->id = SqlInt4(q, 0, ++c, NULL);
	p->paused = SqlBool(q, 0, ++c);
	p->definition_version = SqlInt4(q, 0, ++c, NULL);
	return p;
}

void
PipelineInsert(Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 "insert into elt_catalog.pipeline (" DEFINED_COLUMNS ") values ($1, $2, $3, $4,"
			 " $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, nullif($15, 0), $16, $17, $18,"
			 " $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33,"
			 " $34, $35, $36, $37, $38) returning id, definition_version");
	SqlAddText(&q, p->name);
	SqlAddOid(&q, REGROLEOID, p->owner);
	SqlAddOid(&q, REGCLASSOID, p->source);
	SqlAddOid(&q, REGCLASSOID, p->target);
	SqlAddTextArray(&q, p->key);
	SqlAddText(&q, p->strategy);
	SqlAddText(&q, p->load);
	SqlAddJsonb(&q, p->params);
	SqlAddText(&q, p->params_query);
	SqlAddTimeOrNull(&q, p->start_at, !p->has_start_at);
	SqlAddInterval(&q, p->lookback);
	SqlAddInterval(&q, p->publication_delay);
	SqlAddInterval(&q, p->not_yet_limit);
	SqlAddText(&q, p->cursor_column);
	SqlAddInt4(&q, p->fail_after);
	SqlAddText(&q, p->partition_by);
	SqlAddInterval(&q, p->max_future);
	SqlAddInt4(&q, p->max_new_partitions);
	SqlAddInt8(&q, p->batch_rows);
	SqlAddInt8(&q, p->batch_bytes);
	SqlAddInt4(&q, p->max_attempts);
	SqlAddText(&q, p->schedule);
	SqlAddTextArray(&q, p->sequence_by);
	SqlAddText(&q, p->delete_when);
	SqlAddInterval(&q, p->tombstone_retention);
	SqlAddTextArray(&q, p->update_columns);
	SqlAddTextArray(&q, p->insert_only_columns);
	SqlAddTextArray(&q, p->track_columns);
	SqlAddText(&q, p->deletes);
	SqlAddText(&q, p->first_valid_from);
	SqlAddInterval(&q, p->late_horizon);
	SqlAddText(&q, p->late_policy);
	SqlAddText(&q, p->absent);
	SqlAddFloat8(&q, p->max_delete_percent);
	SqlAddFloat8(&q, p->min_rows_percent);
	SqlAddInt4(&q, p->batch_seconds);
	SqlAddFloat8(&q, p->max_reject_percent);
	SqlAddText(&q, p->on_missing_field);
	SqlRun(&q, AsCatalog());
	p->id = SqlInt4(&q, 0, 1, NULL);
	p->definition_version = SqlInt4(&q, 0, 2, NULL);
	SqlDone(&q);
}

/* The one row that q selects, or NULL. */
static Pipeline *
FetchPipeline(Sql *q)
{
	Pipeline   *p = NULL;

	if (SqlRun(q, AsCatalog()) == 1)
		p = ReadPipeline(q);
	SqlDone(q);
	return p;
}

#define KNOWN_PIPELINES_HINT \
	errhint("SELECT name FROM elt.pipelines lists the pipelines of this database.")

static void
ReportNoPipeline(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("pipeline \"%s\" does not exist", name),
			 KNOWN_PIPELINES_HINT));
}

Pipeline *
PipelineByName(const char *name)
{
	Sql			q;
	Pipeline   *p;

	SqlBeginKept(&q, "select " PIPELINE_COLUMNS " from elt_catalog.pipeline where name = $1");
	SqlAddText(&q, name);
	p = FetchPipeline(&q);
	if (p == NULL)
		ReportNoPipeline(name);
	return p;
}

static Pipeline *
FindById(int32 id)
{
	Sql			q;

	SqlBeginKept(&q, "select " PIPELINE_COLUMNS " from elt_catalog.pipeline where id = $1");
	SqlAddInt4(&q, id);
	return FetchPipeline(&q);
}

Pipeline *
PipelineById(int32 id)
{
	Pipeline   *p = FindById(id);

	if (p == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pipeline %d no longer exists", id),
				 KNOWN_PIPELINES_HINT));
	return p;
}

bool
PipelineLoadsAll(const Pipeline *p)
{
	return strcmp(p->load, "full") == 0;
}

void
PipelineCheckTakesWindows(const Pipeline *p)
{
	if (PipelineLoadsAll(p))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("pipeline \"%s\" asks for everything, so it takes no window", p->name),
				 errhint("CALL elt.run(%s) loads all of it.", quote_literal_cstr(p->name))));
}

static void
CheckMayAct(const Pipeline *p, bool operators_too, const char *verb)
{
	if (MayActFor(p->owner, operators_too))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to %s pipeline \"%s\"", verb, p->name),
			 errhint("Only its owner \"%s\" and members of elt_admin%s may do that.",
					 GetUserNameFromId(p->owner, true),
					 operators_too ? " or elt_operator" : "")));
}

void
PipelineCheckMayDefine(const Pipeline *p)
{
	CheckMayAct(p, false, "change");
}

void
PipelineCheckMayOperate(const Pipeline *p)
{
	CheckMayAct(p, true, "run");
}

void
PipelineCheckMayActAsOwner(const Pipeline *p, const char *what)
{
	if (has_privs_of_role(GetUserId(), p->owner))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to %s pipeline \"%s\"", what, p->name),
			 errdetail("It runs with the rights of the owner \"%s\".",
					   GetUserNameFromId(p->owner, true)),
			 errhint("Only the owner and members of that role may do that.")));
}

void
PipelineCheckSource(const Pipeline *p)
{
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(p->source)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("the source of pipeline \"%s\" no longer exists", p->name),
			 errhint("SELECT elt.alter_pipeline(%s, source => ...) gives it another one with the "
					 "same columns.", quote_literal_cstr(p->name))));
}

uint64
PipelineExec(const Pipeline *p, const char *statement)
{
	Sql			q;

	SqlBegin(&q, statement);
	SqlAddInt4(&q, p->id);
	return SqlDo(&q, AsCatalog());
}

List *
PipelinesThatForget(Oid target)
{
	Sql			q;
	List	   *pipelines = NIL;

	SqlBegin(&q,
			 "select distinct on (c.oid) p.id from elt_catalog.pipeline p"
			 " join pg_class c on c.oid = p.target"
			 " where p.tombstone_retention is not null and ($1 is null or c.oid = $1)"
			 " and not exists (select from elt_catalog.pipeline o where o.target = p.target"
			 " and o.delete_when is not null and o.tombstone_retention is null)"
			 " order by c.oid, p.tombstone_retention desc, p.id");
	SqlAddOid(&q, OIDOID, target);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		pipelines = lappend(pipelines, PipelineById(SqlInt4(&q, i, 1, NULL)));
	SqlDone(&q);
	return pipelines;
}

char *
PipelineStaging(const Pipeline *p)
{
	return quote_qualified_identifier("elt_staging", p->name);
}

bool
PipelineTryLock(const Pipeline *p)
{
	if (p->id == running_here || !SessionLockTry(LOCK_PIPELINE, p->id))
		return false;
	running_here = p->id;
	return true;
}

void
PipelineUnlock(const Pipeline *p)
{
	running_here = 0;
	SessionLockRelease(LOCK_PIPELINE, p->id);
}

void
PipelineReportBusy(const Pipeline *p)
{
	int			holder = LockHolder(LOCK_PIPELINE, p->id);

	ereport(ERROR,
			(errcode(ERRCODE_ELT_PIPELINE_BUSY),
			 errmsg("pipeline \"%s\" is in use", p->name),
			 holder == 0 ? 0 :
			 errdetail("Process %d runs it, or works on it in an open transaction.", holder),
			 errhint("Wait until that has ended. SELECT * FROM elt.progress shows runs, "
					 "elt.cancel(run_id) ends one.")));
}

/* Statements of a source or a check may act on the pipeline that is running them. */
static void
LockUntilCommit(const Pipeline *p)
{
	if (p->id == running_here || !TransactionLockTry(LOCK_PIPELINE, p->id))
		PipelineReportBusy(p);
}

void
PipelineKeep(const Pipeline *p)
{
	if (PipelineExec(p, "select from elt_catalog.pipeline where id = $1 for key share") == 0)
		ReportNoPipeline(p->name);
}

Pipeline *
PipelineReread(const Pipeline *p)
{
	Pipeline   *now = FindById(p->id);

	if (now == NULL)
		ReportNoPipeline(p->name);
	return now;
}

Pipeline *
PipelineLock(const char *name, PipelineRight right)
{
	Pipeline   *p = PipelineByName(name);

	right(p);
	LockUntilCommit(p);
	p = PipelineReread(p);
	right(p);
	return p;
}
