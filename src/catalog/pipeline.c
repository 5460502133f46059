#include "base/compat.h"
#include "catalog/pipeline.h"

#include "base/identity.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* First key of the advisory lock; the pipeline's id is the second. */
#define PIPELINE_LOCK_CLASS 0x00E17001

#define PIPELINE_COLUMNS \
	"id, name, owner::oid, source::oid, target::oid, key, strategy, load, params::text," \
	" start_at, lookback, publication_delay, not_yet_limit, partition_by, max_future," \
	" max_new_partitions, batch_rows, batch_bytes, max_attempts, schedule, paused," \
	" definition_version, sequence_by, delete_when, track_columns," \
	" deletes, first_valid_from"

static Pipeline *
ReadPipeline(Sql *q)
{
	Pipeline   *p = palloc0(sizeof(Pipeline));
	bool		isnull;

	p->id = SqlInt4(q, 0, 1, NULL);
	p->name = SqlText(q, 0, 2);
	p->owner = DatumGetObjectId(SqlDatum(q, 0, 3, NULL));
	p->source = DatumGetObjectId(SqlDatum(q, 0, 4, NULL));
	p->target = DatumGetObjectId(SqlDatum(q, 0, 5, NULL));
	p->key = SqlTextArray(q, 0, 6);
	p->strategy = SqlText(q, 0, 7);
	p->load = SqlText(q, 0, 8);
	p->params = SqlText(q, 0, 9);
	p->start_at = SqlTime(q, 0, 10, &isnull);
	p->has_start_at = !isnull;
	p->lookback = SqlInterval(q, 0, 11);
	p->publication_delay = SqlInterval(q, 0, 12);
	p->not_yet_limit = SqlInterval(q, 0, 13);
	p->partition_by = SqlText(q, 0, 14);
	p->max_future = SqlInterval(q, 0, 15);
	p->max_new_partitions = SqlInt4(q, 0, 16, NULL);
	p->batch_rows = SqlInt8(q, 0, 17, NULL);
	p->batch_bytes = SqlInt8(q, 0, 18, NULL);
	p->max_attempts = SqlInt4(q, 0, 19, NULL);
	p->schedule = SqlText(q, 0, 20);
	p->paused = SqlBool(q, 0, 21);
	p->definition_version = SqlInt4(q, 0, 22, NULL);
	p->sequence_by = SqlTextArray(q, 0, 23);
	p->delete_when = SqlText(q, 0, 24);
	p->track_columns = SqlTextArray(q, 0, 25);
	p->deletes = SqlText(q, 0, 26);
	p->first_valid_from = SqlText(q, 0, 27);
	return p;
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

Pipeline *
PipelineByName(const char *name)
{
	Sql			q;
	Pipeline   *p;

	SqlBegin(&q, "select " PIPELINE_COLUMNS " from elt_catalog.pipeline where name = $1");
	SqlAddText(&q, name);
	p = FetchPipeline(&q);
	if (p == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pipeline \"%s\" does not exist", name),
				 KNOWN_PIPELINES_HINT));
	return p;
}

Pipeline *
PipelineById(int32 id)
{
	Sql			q;
	Pipeline   *p;

	SqlBegin(&q, "select " PIPELINE_COLUMNS " from elt_catalog.pipeline where id = $1");
	SqlAddInt4(&q, id);
	p = FetchPipeline(&q);
	if (p == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pipeline %d no longer exists", id),
				 KNOWN_PIPELINES_HINT));
	return p;
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

uint64
PipelineExec(const Pipeline *p, const char *statement)
{
	Sql			q;
	uint64		processed;

	SqlBegin(&q, statement);
	SqlAddInt4(&q, p->id);
	processed = SqlRun(&q, AsCatalog());
	SqlDone(&q);
	return processed;
}

char *
PipelineStaging(const Pipeline *p)
{
	return quote_qualified_identifier("elt_staging", p->name);
}

static void
PipelineLockTag(const Pipeline *p, LOCKTAG *tag)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, PIPELINE_LOCK_CLASS, (uint32) p->id, 2);
}

bool
PipelineTryLock(const Pipeline *p)
{
	LOCKTAG		tag;

	PipelineLockTag(p, &tag);
	return LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

void
PipelineUnlock(const Pipeline *p)
{
	LOCKTAG		tag;

	PipelineLockTag(p, &tag);
	LockRelease(&tag, ExclusiveLock, true);
}
