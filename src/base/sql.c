/*
 * sql.c
 *	  Execute SQL statements with parameters, and read their results.
 */
#include "base/compat.h"
#include "base/sql.h"

#include "base/extension.h"
#include "base/identity.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* Statements take no snapshot of their own: SqlUnderOneSnapshot. */
static bool one_snapshot = false;

void
SqlBegin(Sql *q, const char *text)
{
	q->text = text;
	q->kept = NULL;
	q->nargs = 0;
	q->rows = NULL;
	q->processed = 0;
}

void
SqlBeginAs(Sql *q, const char *text, int kept_as, SPIPlanPtr *kept)
{
	SqlBegin(q, text);
	q->kept = kept;
	q->kept_as = kept_as;
}

void
SqlAdd(Sql *q, Oid type, Datum value, bool isnull)
{
	if (q->nargs >= SQL_MAX_ARGS)
		elog(ERROR, "too many arguments for one statement");
	q->types[q->nargs] = type;
	q->values[q->nargs] = value;
	q->nulls[q->nargs] = isnull ? 'n' : ' ';
	q->nargs++;
}

void
SqlAddText(Sql *q, const char *value)
{
	SqlAdd(q, TEXTOID, value ? CStringGetTextDatum(value) : (Datum) 0, value == NULL);
}

void
SqlAddName(Sql *q, const char *value)
{
	Datum		name = (Datum) 0;

	if (value != NULL)
		name = DirectFunctionCall1(namein, CStringGetDatum(value));
	SqlAdd(q, NAMEOID, name, value == NULL);
}

void
SqlAddJsonb(Sql *q, const char *value)
{
	Datum		jsonb = (Datum) 0;

	if (value != NULL)
		jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(value));
	SqlAdd(q, JSONBOID, jsonb, value == NULL);
}

void
SqlAddInt4(Sql *q, int32 value)
{
	SqlAdd(q, INT4OID, Int32GetDatum(value), false);
}

void
SqlAddInt8(Sql *q, int64 value)
{
	SqlAdd(q, INT8OID, Int64GetDatum(value), false);
}

void
SqlAddOid(Sql *q, Oid type, Oid value)
{
	SqlAdd(q, type, ObjectIdGetDatum(value), !OidIsValid(value));
}

void
SqlAddFloat8(Sql *q, double value)
{
	SqlAdd(q, FLOAT8OID, Float8GetDatum(value), false);
}

void
SqlAddBool(Sql *q, bool value)
{
	SqlAdd(q, BOOLOID, BoolGetDatum(value), false);
}

void
SqlAddTime(Sql *q, TimestampTz value)
{
	SqlAdd(q, TIMESTAMPTZOID, TimestampTzGetDatum(value), false);
}

void
SqlAddTimeOrNull(Sql *q, TimestampTz value, bool isnull)
{
	SqlAdd(q, TIMESTAMPTZOID, isnull ? (Datum) 0 : TimestampTzGetDatum(value), isnull);
}

void
SqlAddInterval(Sql *q, const Interval *value)
{
	SqlAdd(q, INTERVALOID, value ? IntervalPGetDatum(value) : (Datum) 0, value == NULL);
}

Datum
TextArrayDatum(List *strings)
{
	int			n = list_length(strings);
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	ListCell   *lc;
	int			i = 0;

	foreach(lc, strings)
		values[i++] = CStringGetTextDatum((char *) lfirst(lc));
	return PointerGetDatum(construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT));
}

void
SqlAddTextArray(Sql *q, List *strings)
{
	SqlAdd(q, TEXTARRAYOID, TextArrayDatum(strings), false);
}

void
SqlAddOidArray(Sql *q, List *oids)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(list_length(oids), 1));
	ListCell   *lc;

	foreach(lc, oids)
		values[foreach_current_index(lc)] = ObjectIdGetDatum(lfirst_oid(lc));
	SqlAdd(q, OIDARRAYOID,
		   PointerGetDatum(construct_array(values, list_length(oids), OIDOID, sizeof(Oid), true,
										   TYPALIGN_INT)), false);
}

void
SqlAddTimeArray(Sql *q, List *times)
{
	int			n = list_length(times);
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	ListCell   *lc;
	int			i = 0;

	foreach(lc, times)
		values[i++] = TimestampTzGetDatum(*(TimestampTz *) lfirst(lc));
	SqlAdd(q, TIMESTAMPTZARRAYOID,
		   PointerGetDatum(construct_array(values, n, TIMESTAMPTZOID, sizeof(TimestampTz),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)),
		   false);
}

Oid
AsCatalog(void)
{
	return ExtensionOwnerOfVersion();
}

/* An error leaves no plan behind. */
static int
ExecuteKept(Sql *q)
{
	if (*q->kept == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare_cursor(q->text, q->nargs, q->types, q->kept_as);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "statement cannot be planned: %s", q->text);
		*q->kept = plan;
	}
	return SPI_execute_plan(*q->kept, q->values, q->nulls, one_snapshot, 0);
}

static void
RunStatement(void *arg)
{
	Sql		   *q = arg;
	int			code;

	code = q->kept != NULL ? ExecuteKept(q) :
		SPI_execute_with_args(q->text, q->nargs, q->types, q->values, q->nulls, one_snapshot, 0);
	if (code < 0)
		elog(ERROR, "statement failed: %s: %s", SPI_result_code_string(code), q->text);
	q->rows = SPI_tuptable;
	q->processed = SPI_processed;
}

uint64
SqlRun(Sql *q, Oid role)
{
	MemoryContext caller = CurrentMemoryContext;

	SqlDone(q);
	RunAs(role, RunStatement, q);
	/* SPI leaves its own context behind, which lives as long as the procedure. */
	MemoryContextSwitchTo(caller);
	return q->processed;
}

typedef struct IntoRun
{
	Sql		   *q;
	DestReceiver *dest;
} IntoRun;

static ParamListInfo
ParamsOf(const Sql *q)
{
	ParamListInfo params = makeParamList(q->nargs);

	for (int i = 0; i < q->nargs; i++)
	{
		params->params[i].value = q->values[i];
		params->params[i].isnull = q->nulls[i] == 'n';
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = q->types[i];
	}
	return params;
}

static void
RunInto(void *arg)
{
	IntoRun    *run = arg;
	SPIExecuteOptions options = {0};
	int			code;

	options.params = ParamsOf(run->q);
	options.read_only = one_snapshot;
	options.dest = run->dest;
	code = SPI_execute_extended(run->q->text, &options);
	if (code < 0)
		elog(ERROR, "statement failed: %s: %s", SPI_result_code_string(code), run->q->text);
	run->q->processed = SPI_processed;
}

uint64
SqlRunInto(Sql *q, DestReceiver *dest, Oid role)
{
	MemoryContext caller = CurrentMemoryContext;
	IntoRun		run = {q, dest};

	SqlDone(q);
	RunAs(role, RunInto, &run);
	MemoryContextSwitchTo(caller);
	return q->processed;
}

static char *
LiteralOf(const Sql *q, int arg)
{
	const char *type = format_type_be_qualified(q->types[arg]);

	if (q->nulls[arg] == 'n')
		return psprintf("NULL::%s", type);
	return psprintf("%s::%s", quote_literal_cstr(TextOfValue(q->types[arg], q->values[arg])), type);
}

/* Outside of a quoted name, a dollar and a digit stand for nothing else in what we write. */
char *
SqlWithLiterals(const Sql *q)
{
	StringInfoData text;
	const char *s = q->text;
	bool		in_name = false;

	initStringInfo(&text);
	while (*s != '\0')
	{
		in_name ^= s[0] == '"';
		if (!in_name && s[0] == '$' && s[1] >= '1' && s[1] <= '9')
		{
			int			arg = (int) strtol(s + 1, unconstify(char **, &s), 10);

			appendStringInfoString(&text, LiteralOf(q, arg - 1));
		}
		else
			appendStringInfoChar(&text, *s++);
	}
	return text.data;
}

uint64
SqlDo(Sql *q, Oid role)
{
	SqlRun(q, role);
	SqlDone(q);
	return q->processed;
}

int64
SqlDoInt8(Sql *q, Oid role)
{
	int64		value = SqlRun(q, role) > 0 ? SqlInt8(q, 0, 1, NULL) : 0;

	SqlDone(q);
	return value;
}

char *
SqlDoText(Sql *q, Oid role)
{
	char	   *value = SqlRun(q, role) > 0 ? SqlText(q, 0, 1) : NULL;

	SqlDone(q);
	return value;
}

List *
SqlDoTexts(Sql *q, Oid role)
{
	List	   *values = NIL;

	SqlRun(q, role);
	for (uint64 i = 0; i < q->processed; i++)
		values = lappend(values, SqlText(q, i, 1));
	SqlDone(q);
	return values;
}

List *
SqlDoOids(Sql *q, Oid role)
{
	List	   *values = NIL;

	SqlRun(q, role);
	for (uint64 i = 0; i < q->processed; i++)
		values = lappend_oid(values, DatumGetObjectId(SqlDatum(q, i, 1, NULL)));
	SqlDone(q);
	return values;
}

uint64
SqlDoEach(Sql *q, const char *const *statements, int n, Oid role)
{
	for (int i = 0; i < n; i++)
	{
		q->text = statements[i];
		SqlDo(q, role);
	}
	return q->processed;
}

uint64
SqlExec(const char *text, Oid role)
{
	Sql			q;

	SqlBegin(&q, text);
	return SqlDo(&q, role);
}

void
SqlExecAll(List *statements, Oid role)
{
	ListCell   *lc;

	foreach(lc, statements)
		SqlExec(lfirst(lc), role);
}

void
SqlDone(Sql *q)
{
	if (q->rows != NULL)
		SPI_freetuptable(q->rows);
	q->rows = NULL;
}

void
SqlUnderOneSnapshot(void (*fn) (void *arg), void *arg)
{
	bool		outer = one_snapshot;

	PushActiveSnapshot(GetTransactionSnapshot());
	one_snapshot = true;
	PG_TRY();
	{
		fn(arg);
	}
	PG_FINALLY();
	{
		one_snapshot = outer;
	}
	PG_END_TRY();
	PopActiveSnapshot();
}

Snapshot
SqlSnapshot(void)
{
	return one_snapshot ? GetActiveSnapshot() : GetTransactionSnapshot();
}

/* What one statement found may be gone when the next one looks. */
static void
CheckHasRow(const Sql *q, uint64 row)
{
	if (q->rows != NULL && row < q->rows->numvals)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("rows required by this operation were concurrently deleted"),
			 errdetail_log("No row " UINT64_FORMAT " in the result of: %s", row + 1, q->text),
			 errhint("Retry the operation.")));
}

Datum
SqlDatum(Sql *q, uint64 row, int column, bool *isnull)
{
	bool		null;
	Datum		value;

	CheckHasRow(q, row);
	value = SPI_getbinval(q->rows->vals[row], q->rows->tupdesc, column, &null);
	if (isnull != NULL)
		*isnull = null;
	else if (null)
		elog(ERROR, "unexpected null in column %d of: %s", column, q->text);
	return value;
}

char *
SqlText(Sql *q, uint64 row, int column)
{
	bool		isnull;
	Datum		value = SqlDatum(q, row, column, &isnull);

	return isnull ? NULL : TextOfValue(SPI_gettypeid(q->rows->tupdesc, column), value);
}

int32
SqlInt4(Sql *q, uint64 row, int column, bool *isnull)
{
	return DatumGetInt32(SqlDatum(q, row, column, isnull));
}

int64
SqlInt8(Sql *q, uint64 row, int column, bool *isnull)
{
	Datum		value = SqlDatum(q, row, column, isnull);

	return isnull != NULL && *isnull ? 0 : DatumGetInt64(value);
}

double
SqlFloat8(Sql *q, uint64 row, int column)
{
	bool		isnull;
	Datum		value = SqlDatum(q, row, column, &isnull);

	return isnull ? 0 : DatumGetFloat8(value);
}

bool
SqlBool(Sql *q, uint64 row, int column)
{
	bool		isnull;
	Datum		value = SqlDatum(q, row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

TimestampTz
SqlTime(Sql *q, uint64 row, int column, bool *isnull)
{
	return DatumGetTimestampTz(SqlDatum(q, row, column, isnull));
}

Interval *
SqlInterval(Sql *q, uint64 row, int column)
{
	bool		isnull;
	Datum		value = SqlDatum(q, row, column, &isnull);
	Interval   *copy;

	if (isnull)
		return NULL;
	copy = palloc(sizeof(Interval));
	*copy = *DatumGetIntervalP(value);
	return copy;
}

List *
TextArrayStrings(Datum array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	List	   *result = NIL;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			result = lappend(result, TextDatumGetCString(elements[i]));
	return result;
}

List *
SqlTextArray(Sql *q, uint64 row, int column)
{
	bool		isnull;
	Datum		value = SqlDatum(q, row, column, &isnull);

	return isnull ? NIL : TextArrayStrings(value);
}
