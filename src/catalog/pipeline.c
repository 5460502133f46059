/*
 * pipeline.c
 *	  Read and write definitions of pipelines, check the rights on one, and lock it.
 */
#include "base/compat.h"
#include "catalog/pipeline.h"

#include "base/closest_name.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "catalog/pipeline_option.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The root of the pipeline that a run of this session holds; 0: none. */
static int32 running_here = 0;

static bool
IsOfPolicy(const PipelineOption *o)
{
	return (o->traits & OPTION_POLICY) != 0;
}

static void
PutIdentity(Pipeline *p, Sql *q)
{
	p->id = SqlInt4(q, 0, 1, NULL);
	p->name = SqlText(q, 0, 2);
	p->owner = DatumGetObjectId(SqlDatum(q, 0, 3, NULL));
	p->source = DatumGetObjectId(SqlDatum(q, 0, 4, NULL));
	p->target = DatumGetObjectId(SqlDatum(q, 0, 5, NULL));
	p->paused = SqlBool(q, 0, 6);
	p->definition_version = SqlInt4(q, 0, 7, NULL);
	p->parent_id = SqlInt4(q, 0, 8, NULL);
	p->root_id = SqlInt4(q, 0, 9, NULL);
	p->parent_key = SqlTextArray(q, 0, 10);
	p->is_parent = SqlBool(q, 0, 11);
}

#define IDENTITY "p.id, p.name, p.owner, p.source, p.target, p.paused or exists (select from" \
	" elt_catalog.home h where h.paused_at is not null), p.definition_version," \
	" coalesce(p.parent_id, 0), coalesce(p.root_id, p.id), p.parent_key," \
	" exists (select from elt_catalog.pipeline c where c.parent_id = p.id)"
#define IDENTITY_COLUMNS 11

/* The identity, then every option in the order of the table. */
static char *
SelectPipeline(const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "select " IDENTITY);
	for (int i = 0; i < PipelineOptionCount; i++)
		appendStringInfo(&sql, ", %s.%s", IsOfPolicy(&PipelineOptions[i]) ? "y" : "p",
						 PipelineOptions[i].name);
	appendStringInfo(&sql, " from elt_catalog.pipeline p left join elt_catalog.policy y"
					 " on y.relation = p.target and p.partition_by is not null where %s", condition);
	return sql.data;
}

static Pipeline *
ReadPipeline(Sql *q)
{
	Pipeline   *p = palloc0(sizeof(Pipeline));

	PutIdentity(p, q);
	for (int i = 0; i < PipelineOptionCount; i++)
	{
		bool		isnull;
		Datum		value = SqlDatum(q, 0, IDENTITY_COLUMNS + 1 + i, &isnull);

		PipelineOptionPut(&PipelineOptions[i], p, value, isnull);
	}
	return p;
}

static void
AddOption(Sql *q, const PipelineOption *o, const Pipeline *p)
{
	bool		isnull;
	Datum		value = PipelineOptionGet(o, p, &isnull);

	SqlAdd(q, o->type, value, isnull);
}

/* "name, owner, ...": "$1, $2, ..." */
static char *
InsertPipeline(void)
{
	StringInfoData columns;
	StringInfoData values;
	int			n = 7;

	initStringInfo(&columns);
	initStringInfo(&values);
	for (int i = 0; i < PipelineOptionCount; i++)
		if (!IsOfPolicy(&PipelineOptions[i]))
		{
			appendStringInfo(&columns, ", %s", PipelineOptions[i].name);
			appendStringInfo(&values, ", $%d", ++n);
		}
	return psprintf("insert into elt_catalog.pipeline (name, owner, source, target, parent_id,"
					" root_id, parent_key%s)"
					" values ($1, $2, $3, $4, nullif($5, 0), nullif($6, 0), $7%s)"
					" returning id, definition_version, coalesce(root_id, id)",
					columns.data, values.data);
}

void
PipelineInsert(Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, InsertPipeline());
	SqlAddText(&q, p->name);
	SqlAddOid(&q, REGROLEOID, p->owner);
	SqlAddOid(&q, REGCLASSOID, p->source);
	SqlAddOid(&q, REGCLASSOID, p->target);
	SqlAddInt4(&q, p->parent_id);
	SqlAddInt4(&q, p->root_id);
	SqlAddTextArray(&q, p->parent_key);
	for (int i = 0; i < PipelineOptionCount; i++)
		if (!IsOfPolicy(&PipelineOptions[i]))
			AddOption(&q, &PipelineOptions[i], p);
	SqlRun(&q, AsCatalog());
	p->id = SqlInt4(&q, 0, 1, NULL);
	p->definition_version = SqlInt4(&q, 0, 2, NULL);
	p->root_id = SqlInt4(&q, 0, 3, NULL);
	SqlDone(&q);
}

static char *
UpdatePipeline(Bitmapset *options)
{
	StringInfoData sql;
	int			n = 1;
	int			i = -1;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "update elt_catalog.pipeline set changed_at = clock_timestamp()");
	while ((i = bms_next_member(options, i)) >= 0)
		if (!IsOfPolicy(&PipelineOptions[i]))
			appendStringInfo(&sql, ", %s = $%d", PipelineOptions[i].name, ++n);
	appendStringInfoString(&sql, " where id = $1");
	return sql.data;
}

void
PipelineStoreOptions(const Pipeline *p, Bitmapset *options)
{
	Sql			q;
	int			i = -1;

	SqlBegin(&q, UpdatePipeline(options));
	SqlAddInt4(&q, p->id);
	while ((i = bms_next_member(options, i)) >= 0)
		if (!IsOfPolicy(&PipelineOptions[i]))
			AddOption(&q, &PipelineOptions[i], p);
	SqlDo(&q, AsCatalog());
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
	errhint("Use SELECT name FROM elt.pipelines to list the pipelines of this database.")

/* closest: the pipeline that may have been meant, or NULL. */
static void
ReportNoPipeline(const char *name, const char *closest)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("pipeline \"%s\" does not exist", name),
			 closest ? errhint("Perhaps you meant the pipeline \"%s\".", closest)
			 : KNOWN_PIPELINES_HINT));
}

static const char *
ClosestPipeline(const char *name)
{
	Sql			q;

	SqlBegin(&q, "select name from elt_catalog.pipeline order by name");
	return ClosestName(name, SqlDoTexts(&q, AsCatalog()));
}

Pipeline *
PipelineByName(const char *name)
{
	static SPIPlanPtr kept = NULL;
	Sql			q;
	Pipeline   *p;

	SqlBeginAs(&q, SelectPipeline("p.name = $1"), CURSOR_OPT_GENERIC_PLAN, &kept);
	SqlAddText(&q, name);
	p = FetchPipeline(&q);
	if (p == NULL)
		ReportNoPipeline(name, ClosestPipeline(name));
	return p;
}

bool
PipelineExists(const char *name)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.pipeline where name = $1");
	SqlAddText(&q, name);
	return SqlDo(&q, AsCatalog()) > 0;
}

static Pipeline *
FindById(int32 id)
{
	static SPIPlanPtr kept = NULL;
	Sql			q;

	SqlBeginAs(&q, SelectPipeline("p.id = $1"), CURSOR_OPT_GENERIC_PLAN, &kept);
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

/* An id is greater than that of the parent, which was there first. */
List *
PipelineDescendants(const Pipeline *p)
{
	List	   *descendants = NIL;
	List	   *ids = NIL;
	ListCell   *lc;
	Sql			q;

	if (!p->is_parent)
		return NIL;
	SqlBeginKept(&q,
				 "with recursive below(id) as (select id from elt_catalog.pipeline"
				 " where parent_id = $1 union all select c.id from below b"
				 " join elt_catalog.pipeline c on c.parent_id = b.id)"
				 " select id from below order by id");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		ids = lappend_int(ids, SqlInt4(&q, i, 1, NULL));
	SqlDone(&q);
	foreach(lc, ids)
		descendants = lappend(descendants, PipelineById(lfirst_int(lc)));
	return descendants;
}

List *
PipelineFamily(Pipeline *p)
{
	return lcons(p, PipelineDescendants(p));
}

bool
PipelineHasFamily(const Pipeline *p)
{
	return p->parent_id != 0 || p->is_parent;
}

bool
PipelineLoadsAll(const Pipeline *p)
{
	return strcmp(p->load, "full") == 0;
}

bool
PipelineIsContinuous(const Pipeline *p)
{
	return p->schedule != NULL && pg_strcasecmp(p->schedule, "continuous") == 0;
}

bool
PipelineDeletesAbsent(const Pipeline *p)
{
	return PipelineLoadsAll(p) && strcmp(p->absent, "delete") == 0;
}

bool
PipelineHasPosition(const Pipeline *p)
{
	return !PipelineLoadsAll(p) || p->changes_of != NIL;
}

void
PipelineCheckTakesWindows(const Pipeline *p)
{
	if (PipelineLoadsAll(p))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot run full-load pipeline \"%s\" for a window", p->name),
				 errhint("Use CALL elt.run(%s) to load everything.", quote_literal_cstr(p->name))));
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

/* What runs, is queued or is reset is the ancestor of a child. */
static void
CheckIsRoot(const Pipeline *p)
{
	const char *root;

	if (p->parent_id == 0)
		return;
	root = PipelineById(p->root_id)->name;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("pipeline \"%s\" is a child of pipeline \"%s\"", p->name, root),
			 errdetail("A child shares the runs, the state and the owner of its parent."),
			 errhint("Specify %s instead.", quote_literal_cstr(root))));
}

void
PipelineCheckMayDefineRoot(const Pipeline *p)
{
	PipelineCheckMayDefine(p);
	CheckIsRoot(p);
}

void
PipelineCheckMayRun(const Pipeline *p)
{
	PipelineCheckMayOperate(p);
	CheckIsRoot(p);
}

void
PipelineCheckMayActAsOwner(const Pipeline *p, const char *what)
{
	if (has_privs_of_role(GetUserId(), p->owner))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to %s pipeline \"%s\"", what, p->name),
			 errdetail("It runs with the privileges of its owner \"%s\".",
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
			 errmsg("source of pipeline \"%s\" no longer exists", p->name),
			 errhint("Use SELECT elt.alter_pipeline(%s, source => ...) to assign another foreign "
					 "table with the same columns.", quote_literal_cstr(p->name))));
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
	if (p->root_id == running_here || !SessionLockTry(LOCK_PIPELINE, p->root_id))
		return false;
	running_here = p->root_id;
	return true;
}

void
PipelineUnlock(const Pipeline *p)
{
	running_here = 0;
	SessionLockRelease(LOCK_PIPELINE, p->root_id);
}

bool
PipelineLandsOnlyIn(Oid target)
{
	Sql			q;

	if (running_here == 0)
		return false;
	SqlBeginKept(&q, "select from elt_catalog.pipeline where coalesce(root_id, id) = $1"
				 " having count(*) = 1 and bool_and(target = $2)");
	SqlAddInt4(&q, running_here);
	SqlAddOid(&q, REGCLASSOID, target);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
PipelineReportBusy(const Pipeline *p)
{
	int			holder = LockHolder(LOCK_PIPELINE, p->root_id);

	ereport(ERROR,
			(errcode(ERRCODE_ELT_PIPELINE_BUSY),
			 errmsg("pipeline \"%s\" is in use", p->name),
			 holder == 0 ? 0 :
			 errdetail("Process %d is running it, or uses it in an open transaction.", holder),
			 errhint("Wait until that has ended. Use SELECT * FROM elt.progress to see runs and "
					 "elt.cancel(run_id) to cancel one.")));
}

/* Statements of a source or a check may act on the pipeline that is running them. */
static void
LockUntilCommit(const Pipeline *p)
{
	if (p->root_id == running_here || !TransactionLockTry(LOCK_PIPELINE, p->root_id))
		PipelineReportBusy(p);
}

void
PipelineKeep(const Pipeline *p)
{
	if (PipelineExec(p, "select from elt_catalog.pipeline where id = $1 for key share") == 0)
		ReportNoPipeline(p->name, NULL);
}

Pipeline *
PipelineReread(const Pipeline *p)
{
	Pipeline   *now = FindById(p->id);

	if (now == NULL)
		ReportNoPipeline(p->name, NULL);
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
