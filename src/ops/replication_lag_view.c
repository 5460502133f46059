/*
 * replication_lag_view.c
 *	  elt.replication_lag: how far the server is ahead of a pipeline.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "catalog/standing.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "source/definition.h"
#include "source/kind.h"
#include "source/source_lag.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(elt_replication_lag);

#define COLUMNS 6

typedef struct LagRow
{
	const Pipeline *pipeline;
	const char *position;
	SourceLag	lag;
} LagRow;

static void
ReadLag(void *arg)
{
	LagRow	   *row = arg;
	SourceDefinition *def = SourceDefinitionOf(row->pipeline);

	if (def->kind->lag == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("pipeline \"%s\" does not replicate", row->pipeline->name),
				 errdetail("Its source \"%s\" is not a foreign table of elt_postgres.", def->relation)));
	SourceAuthenticate(def, row->pipeline->owner);
	def->kind->lag(def, row->position, &row->lag);
}

/* When it last landed something, or was up to date; false: never. */
static bool
LandedAt(const Pipeline *p, TimestampTz *at)
{
	bool		isnull;
	Sql			q;

	SqlBegin(&q, "select max(moved_at) from elt_catalog.cursor where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	*at = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	return !isnull;
}

/* Null where nothing has landed; none where nothing is left. */
static Datum
TimeBehind(const LagRow *row, bool has_landed, TimestampTz landed_at, bool *isnull)
{
	TimestampTz now = GetCurrentTimestamp();

	*isnull = !has_landed || !row->lag.has_bytes;
	if (row->lag.bytes == 0)
		landed_at = now;
	return DirectFunctionCall2(timestamp_mi, TimestampTzGetDatum(now),
							   TimestampTzGetDatum(Min(landed_at, now)));
}

static void
PutLag(ReturnSetInfo *result, const LagRow *row, bool has_landed, TimestampTz landed_at)
{
	Datum		values[COLUMNS] = {0};
	bool		isnull[COLUMNS] = {false};

	values[0] = CStringGetTextDatum(row->lag.name);
	values[1] = CStringGetTextDatum(row->lag.state);
	isnull[2] = row->position == NULL;
	if (row->position != NULL)
		values[2] = CStringGetTextDatum(row->position);
	isnull[3] = !row->lag.has_bytes;
	values[3] = Int64GetDatum(row->lag.bytes);
	values[4] = TimeBehind(row, has_landed, landed_at, &isnull[4]);
	isnull[5] = !row->lag.has_retained;
	values[5] = Int64GetDatum(row->lag.retained);
	tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
}

Datum
elt_replication_lag(PG_FUNCTION_ARGS)
{
	LagRow		row = {NULL};
	TimestampTz landed_at = 0;
	bool		has_landed;

	row.pipeline = CommandBegin(fcinfo, PipelineCheckMayOperate);
	InitMaterializedSRF(fcinfo, 0);
	row.position = StandingsOf(row.pipeline, list_make1("{}"))[0].position;
	RunAs(row.pipeline->owner, ReadLag, &row);
	has_landed = LandedAt(row.pipeline, &landed_at);
	PutLag((ReturnSetInfo *) fcinfo->resultinfo, &row, has_landed, landed_at);
	SPI_finish();
	return (Datum) 0;
}
