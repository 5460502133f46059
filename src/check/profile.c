/*
 * profile.c
 *	  SQL function elt.profile: what the columns of a relation are like, in one scan.
 *
 * The relation is read by a statement with the caller's privileges, in a restricted operation.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "check/column_profile.h"
#include "common/pg_prng.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(elt_profile);

/* The same sample of the same rows. */
#define SEED 1

typedef struct ProfileReceiver
{
	DestReceiver receiver;
	MemoryContext cxt;
	int			ncolumns;
	ColumnProfile **columns;
	TupleDesc	desc;
	int64		rows;
	pg_prng_state random;
} ProfileReceiver;

/* Each row has the same chance to be in the sample. */
static int
PlaceInSample(ProfileReceiver *r)
{
	uint64		place = r->rows;

	if (r->rows >= PROFILE_SAMPLE)
		place = pg_prng_uint64_range(&r->random, 0, r->rows);
	return place < PROFILE_SAMPLE ? (int) place : -1;
}

static bool
ReceiveRow(TupleTableSlot *slot, DestReceiver *self)
{
	ProfileReceiver *r = (ProfileReceiver *) self;
	int			place = PlaceInSample(r);

	slot_getallattrs(slot);
	for (int i = 0; i < r->ncolumns; i++)
		ColumnProfileAdd(r->columns[i], slot->tts_values[i], slot->tts_isnull[i]);
	for (int i = 0; i < r->ncolumns && place >= 0; i++)
		ColumnProfileKeep(r->columns[i], place, slot->tts_values[i], slot->tts_isnull[i]);
	r->rows++;
	return true;
}

static void
ReceiveStart(DestReceiver *self, int operation, TupleDesc desc)
{
	ProfileReceiver *r = (ProfileReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(r->cxt);

	r->desc = CreateTupleDescCopy(desc);
	r->ncolumns = desc->natts;
	r->columns = palloc(sizeof(ColumnProfile *) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
		r->columns[i] = ColumnProfileCreate(TupleDescAttr(desc, i));
	MemoryContextSwitchTo(caller);
}

static void
ReceiveNothing(DestReceiver *self)
{
}

/* ---- results ---- */

#define COLUMNS 13

static void
SetText(Datum *values, bool *nulls, int n, const char *text)
{
	nulls[n] = text == NULL;
	values[n] = text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

static void
SetJsonb(Datum *values, bool *nulls, int n, const char *text)
{
	nulls[n] = text == NULL;
	values[n] = text == NULL ? (Datum) 0 : DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

static void
SetFloat(Datum *values, bool *nulls, int n, bool known, double number)
{
	nulls[n] = !known;
	values[n] = Float8GetDatum(number);
}

static const char *
MethodOf(const ColumnFacts *facts)
{
	if (facts->distinct < 0)
		return NULL;
	return facts->exact ? "exact" : "hyperloglog";
}

static void
ReturnColumn(ReturnSetInfo *result, const ProfileReceiver *r, int column)
{
	Form_pg_attribute att = TupleDescAttr(r->desc, column);
	ColumnFacts facts = ColumnProfileFacts(r->columns[column], (int) Min(r->rows, PROFILE_SAMPLE));
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	SetText(values, nulls, 0, NameStr(att->attname));
	SetText(values, nulls, 1, format_type_with_typemod(att->atttypid, att->atttypmod));
	values[2] = Int64GetDatum(r->rows);
	values[3] = Int64GetDatum(facts.nulls);
	values[4] = Int64GetDatum(facts.distinct);
	nulls[4] = facts.distinct < 0;
	SetText(values, nulls, 5, MethodOf(&facts));
	SetText(values, nulls, 6, facts.min);
	SetText(values, nulls, 7, facts.max);
	SetFloat(values, nulls, 8, facts.has_mean, facts.mean);
	SetJsonb(values, nulls, 9, facts.quantiles);
	SetJsonb(values, nulls, 10, facts.top);
	SetText(values, nulls, 11, facts.pattern);
	SetFloat(values, nulls, 12, facts.pattern != NULL, facts.pattern_share);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

typedef struct Results
{
	ReturnSetInfo *result;
	const ProfileReceiver *received;
} Results;

static void
ReturnColumns(void *arg)
{
	const Results *results = arg;

	for (int i = 0; i < results->received->ncolumns; i++)
		ReturnColumn(results->result, results->received, i);
}

Datum
elt_profile(PG_FUNCTION_ARGS)
{
	ProfileReceiver r = {
		.receiver = {
			.receiveSlot = ReceiveRow,
			.rStartup = ReceiveStart,
			.rShutdown = ReceiveNothing,
			.rDestroy = ReceiveNothing,
			.mydest = DestNone
		}
	};
	Results		results = {NULL, &r};
	Sql			q;

	RequireArg(fcinfo, 0, "relation");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	r.cxt = CurrentMemoryContext;
	pg_prng_seed(&r.random, SEED);
	SqlBegin(&q, psprintf("SELECT * FROM %s", QuotedRelation(PG_GETARG_OID(0))));
	SqlRunInto(&q, (DestReceiver *) &r, GetUserId());
	SqlDone(&q);
	results.result = (ReturnSetInfo *) fcinfo->resultinfo;
	RunAs(GetUserId(), ReturnColumns, &results);
	SPI_finish();
	return (Datum) 0;
}
