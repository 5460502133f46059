/*
 * consumer.c
 *	  Consumers: who follows the changes of a table, and how far it has come.
 *
 * A consumer reads what is settled: no transaction that is still open can add a change before its
 * position. Its row is locked while it reads, so that of two processes the second one goes on where the
 * first has committed.
 */
#include "base/compat.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/change_log.h"
#include "catalog/pg_type.h"
#include "change/change_commit.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_consumer);
PG_FUNCTION_INFO_V1(elt_drop_consumer);
PG_FUNCTION_INFO_V1(elt_next_changes);
PG_FUNCTION_INFO_V1(elt_advance);
PG_FUNCTION_INFO_V1(elt_changes_behind);
PG_FUNCTION_INFO_V1(elt_first_change_behind);

typedef struct Consumer
{
	char	   *name;
	Oid			relation;
	int64		position;
	Oid			owner;
} Consumer;

/* ---- definition ---- */

static void
CheckMayRead(const ChangeLog *log)
{
	AclResult	acl = pg_class_aclcheck(log->changes, GetUserId(), ACL_SELECT);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_VIEW, get_rel_name(log->changes));
}

/* The position of one that begins with what is in the log, or with what comes. */
static int64
FirstPosition(const ChangeLog *log, bool from_start)
{
	return from_start ? 0 : SettledChange(log);
}

static void
Insert(const Consumer *consumer)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.consumer (name, relation, position, owner) "
			 "values ($1, $2, $3, $4) on conflict do nothing");
	SqlAddText(&q, consumer->name);
	SqlAddOid(&q, REGCLASSOID, consumer->relation);
	SqlAddInt8(&q, consumer->position);
	SqlAddOid(&q, REGROLEOID, consumer->owner);
	if (SqlDo(&q, AsCatalog()) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("consumer \"%s\" already exists", consumer->name),
				 errhint("Use elt.drop_consumer to remove it.")));
}

Datum
elt_consumer(PG_FUNCTION_ARGS)
{
	Consumer	consumer = {.owner = GetUserId()};
	const ChangeLog *log;

	RequireArg(fcinfo, 0, "name");
	RequireArg(fcinfo, 1, "target");
	RequireArg(fcinfo, 2, "from_start");
	SPI_connect();
	consumer.name = TextArg(fcinfo, 0);
	consumer.relation = PG_GETARG_OID(1);
	log = ChangeLogRequired(consumer.relation);
	CheckMayRead(log);
	consumer.position = FirstPosition(log, PG_GETARG_BOOL(2));
	Insert(&consumer);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* Locked until the transaction ends; NULL: there is none. */
static Consumer *
FindConsumer(const char *name)
{
	Consumer   *consumer = NULL;
	Sql			q;

	SqlBeginKept(&q, "select relation, position, owner from elt_catalog.consumer where name = $1 "
				 "for update");
	SqlAddText(&q, name);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		consumer = palloc0(sizeof(Consumer));
		consumer->name = pstrdup(name);
		consumer->relation = DatumGetObjectId(SqlDatum(&q, 0, 1, NULL));
		consumer->position = SqlInt8(&q, 0, 2, NULL);
		consumer->owner = DatumGetObjectId(SqlDatum(&q, 0, 3, NULL));
	}
	SqlDone(&q);
	return consumer;
}

static void
ReportNone(const char *name, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("consumer \"%s\" does not exist", name),
				 errhint("Use SELECT consumer FROM elt.consumers to list the consumers.")));
	ereport(NOTICE, (errmsg("consumer \"%s\" does not exist, skipping", name)));
}

static void
CheckIsOwn(const Consumer *consumer)
{
	if (!MayActFor(consumer->owner, false))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of consumer \"%s\"", consumer->name),
				 errhint("Members of elt_admin can use it, too.")));
}

static Consumer *
ConsumerNamed(const char *name)
{
	Consumer   *consumer = FindConsumer(name);

	if (consumer == NULL)
		ReportNone(name, false);
	CheckIsOwn(consumer);
	return consumer;
}

Datum
elt_drop_consumer(PG_FUNCTION_ARGS)
{
	Consumer   *consumer;
	char	   *name;
	Sql			q;

	RequireArg(fcinfo, 0, "name");
	RequireArg(fcinfo, 1, "if_exists");
	SPI_connect();
	name = TextArg(fcinfo, 0);
	consumer = FindConsumer(name);
	if (consumer == NULL)
		ReportNone(name, PG_GETARG_BOOL(1));
	else
	{
		CheckIsOwn(consumer);
		SqlBegin(&q, "delete from elt_catalog.consumer where name = $1");
		SqlAddText(&q, name);
		SqlDo(&q, AsCatalog());
	}
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ---- reading ---- */

/* Rows that have committed since its snapshot would be passed over. */
static void
CheckSeesAll(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("changes cannot be read by a consumer in a transaction with isolation level %s",
						XactIsoLevel == XACT_SERIALIZABLE ? "serializable" : "repeatable read"),
				 errhint("Use READ COMMITTED.")));
}

static void
CheckRowType(FunctionCallInfo fcinfo, const ChangeLog *log)
{
	if (get_fn_expr_argtype(fcinfo->flinfo, 1) == get_rel_type_id(log->changes))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("argument row_type must be of the type of view \"%s\"",
					RelationLabel(log->changes)),
			 errhint("Specify NULL::%s.", QuotedRelation(log->changes))));
}

static void
ReturnRows(FunctionCallInfo fcinfo, const Sql *q)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	for (uint64 i = 0; i < q->processed; i++)
		tuplestore_puttuple(result->setResult, q->rows->vals[i]);
}

Datum
elt_next_changes(PG_FUNCTION_ARGS)
{
	const Consumer *consumer;
	const ChangeLog *log;
	Sql			q;

	RequireArg(fcinfo, 0, "consumer");
	RequireArg(fcinfo, 2, "max_rows");
	if (PG_GETARG_INT32(2) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must be greater than zero")));
	CheckSeesAll();
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	consumer = ConsumerNamed(TextArg(fcinfo, 0));
	log = ChangeLogRequired(consumer->relation);
	CheckRowType(fcinfo, log);
	SqlBegin(&q, psprintf("SELECT * FROM %s WHERE _change_id > $1 AND _change_id <= $2 "
						  "ORDER BY _change_id LIMIT $3", QuotedRelation(log->changes)));
	SqlAddInt8(&q, consumer->position);
	SqlAddInt8(&q, SettledChange(log));
	SqlAddInt4(&q, PG_GETARG_INT32(2));
	SqlRun(&q, GetUserId());
	ReturnRows(fcinfo, &q);
	SqlDone(&q);
	SPI_finish();
	return (Datum) 0;
}

static void
CheckIsSettled(const Consumer *consumer, int64 change_id)
{
	if (change_id > SettledChange(ChangeLogRequired(consumer->relation)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("change %lld is not settled yet", (long long) change_id),
				 errhint("Specify the greatest _change_id that elt.next_changes has returned.")));
}

/* Never back: what has been processed is not read again. */
static bool
MoveTo(const Consumer *consumer, int64 change_id)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.consumer set position = $2, advanced_at = clock_timestamp() "
			 "where name = $1 and position < $2");
	SqlAddText(&q, consumer->name);
	SqlAddInt8(&q, change_id);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* Null is the greatest number of no changes. */
Datum
elt_advance(PG_FUNCTION_ARGS)
{
	const Consumer *consumer;
	bool		moved;

	RequireArg(fcinfo, 0, "consumer");
	if (PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	SPI_connect();
	consumer = ConsumerNamed(TextArg(fcinfo, 0));
	CheckIsSettled(consumer, PG_GETARG_INT64(1));
	moved = MoveTo(consumer, PG_GETARG_INT64(1));
	SPI_finish();
	PG_RETURN_BOOL(moved);
}

/* ---- lag ---- */

#define TOLD "_change_id > $1 AND _change IN ('i', 'b', 'a', 'd', 'e')"

/* Of the changes behind a position; NULL where there is no log. */
static bool
AskBehind(FunctionCallInfo fcinfo, Sql *q, const char *select, const char *rest)
{
	const ChangeLog *log = ChangeLogOf(PG_GETARG_OID(0));

	if (log == NULL || get_rel_name(log->log) == NULL)
		return false;
	SqlBegin(q, psprintf("SELECT %s FROM %s WHERE " TOLD " %s", select, QuotedRelation(log->log), rest));
	SqlAddInt8(q, PG_GETARG_INT64(1));
	return SqlRun(q, RelationOwner(log->log)) > 0;
}

Datum
elt_changes_behind(PG_FUNCTION_ARGS)
{
	int64		rows = 0;
	Sql			q;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	SPI_connect();
	if (AskBehind(fcinfo, &q, "count(*)", ""))
		rows = SqlInt8(&q, 0, 1, NULL);
	SPI_finish();
	PG_RETURN_INT64(rows);
}

/* When the first of them was logged. */
Datum
elt_first_change_behind(PG_FUNCTION_ARGS)
{
	TimestampTz at = 0;
	bool		found;
	Sql			q;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	SPI_connect();
	found = AskBehind(fcinfo, &q, "_logged_at", "ORDER BY _change_id LIMIT 1");
	if (found)
		at = SqlTime(&q, 0, 1, NULL);
	SPI_finish();
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(at);
}
