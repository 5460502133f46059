/*
 * replayed_read.c
 *	  Read rejects that are replayed, some at a time, in their order.
 */
#include "base/compat.h"
#include "catalog/replayed.h"

#include "access/htup_details.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_numbers.h"
#include "utils/builtins.h"
#include "utils/datum.h"

/* The statement's columns, from 0. */
enum
{
	ID, PARAMS, WINDOW_START, WINDOW_END, RAW, FORM, WHOLE,
	ANCESTORS, LIST, HEADER, LINE_NUMBER, ARRIVAL, PATCH, READ_COLUMNS
};

#define READ_REJECTS \
	"select id, params, window_start, window_end, raw, form, whole, ancestors, list, header, line," \
	" arrival, patch from elt_catalog.reject where "

/* Values of the reject at hand. */
typedef struct RejectValues
{
	Datum		values[READ_COLUMNS];
	bool		isnull[READ_COLUMNS];
} RejectValues;

static char *
TextIn(const RejectValues *v, int column)
{
	return v->isnull[column] ? NULL : TextDatumGetCString(v->values[column]);
}

static char *
JsonIn(const RejectValues *v, int column)
{
	Jsonb	   *value;

	if (v->isnull[column])
		return NULL;
	value = DatumGetJsonbP(v->values[column]);
	return JsonbToCString(NULL, &value->root, VARSIZE(value));
}

static int64
NumberIn(const RejectValues *v, int column)
{
	return v->isnull[column] ? 0 : DatumGetInt64(v->values[column]);
}

/* Those of one slice follow one another. */
static void
ReadParams(ReplayedReject *j, const RejectValues *v, const ReplayedReject *before,
		   const RejectValues *values_before)
{
	if (before != NULL && !v->isnull[PARAMS] && !values_before->isnull[PARAMS] &&
		datum_image_eq(v->values[PARAMS], values_before->values[PARAMS], false, -1))
		j->params = before->params;
	else
		j->params = v->isnull[PARAMS] ? "{}" : JsonIn(v, PARAMS);
}

static ReplayedReject *
ReadReject(const RejectValues *v)
{
	ReplayedReject *j = palloc0(sizeof(ReplayedReject));

	j->has_window = !v->isnull[WINDOW_START];
	j->window_start = NumberIn(v, WINDOW_START);
	j->window_end = NumberIn(v, WINDOW_END);
	j->raw = TextIn(v, RAW);
	j->form = TextIn(v, FORM);
	j->whole = DatumGetBool(v->values[WHOLE]);
	j->ancestors = TextIn(v, ANCESTORS);
	j->list = TextIn(v, LIST);
	j->header = TextIn(v, HEADER);
	j->line = NumberIn(v, LINE_NUMBER);
	j->arrival = NumberIn(v, ARRIVAL);
	j->patch = JsonIn(v, PATCH);
	return j;
}

/* Of a result, the number of the row of each id. */
typedef struct RowOfId
{
	int64		id;
	uint64		row;
} RowOfId;

static int
CompareIds(const void *a, const void *b)
{
	int64		left = ((const RowOfId *) a)->id;
	int64		right = ((const RowOfId *) b)->id;

	return left < right ? -1 : left > right;
}

static RowOfId *
RowsById(Sql *q)
{
	RowOfId    *rows = palloc(sizeof(RowOfId) * Max(q->processed, 1));

	for (uint64 i = 0; i < q->processed; i++)
		rows[i] = (RowOfId) {SqlInt8(q, i, ID + 1, NULL), i};
	qsort(rows, q->processed, sizeof(RowOfId), CompareIds);
	return rows;
}

void
ReplayedCheckCount(const Pipeline *p, uint64 found, uint64 expected)
{
	if (found != expected)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("rejects of pipeline \"%s\" were deleted while they were replayed", p->name),
				 errdetail("No reject was replayed."),
				 errhint("Replay the rejects that are left.")));
}

/*
 * In their order of ids, where nothing else that is open stands between them. False when something
 * may: then they are looked up.
 */
static bool
ReadStretch(Sql *q, const Pipeline *p, const int64 *ids, int n)
{
	for (int i = 1; i < n; i++)
		if (ids[i] < ids[i - 1])
			return false;
	SqlBeginKept(q, READ_REJECTS "pipeline_id = $1 and id between $2 and $3"
				 " and state in ('new', 'fixed') order by id limit $4");
	SqlAddInt4(q, p->id);
	SqlAddInt8(q, ids[0]);
	SqlAddInt8(q, ids[n - 1]);
	SqlAddInt8(q, n + 1);
	if (SqlRun(q, AsCatalog()) == n)
		return true;
	SqlDone(q);
	return false;
}

/* Their texts are in memory together. */
#define MANY_BYTES (16 * 1024 * 1024)

List *
ReplayedRead(const Pipeline *p, int64 from, int at_most)
{
	const Replayed *r = p->replayed;
	int			n = (int) Min(at_most, r->count - from + 1);
	List	   *rejects = NIL;
	ReplayedReject *before = NULL;
	RejectValues values[2];
	RowOfId    *rows;
	Size		bytes = 0;
	Sql			q;

	if (!r->is_all || !ReadStretch(&q, p, r->ids + from - 1, n))
	{
		SqlBeginKept(&q, READ_REJECTS "id = any ($1)");
		SqlAddInt8Array(&q, r->ids + from - 1, n);
		ReplayedCheckCount(p, SqlRun(&q, AsCatalog()), n);
	}
	rows = RowsById(&q);
	for (int i = 0; i < n && bytes < MANY_BYTES; i++)
	{
		RowOfId		key = {r->ids[from - 1 + i]};
		RowOfId    *found = bsearch(&key, rows, n, sizeof(RowOfId), CompareIds);
		RejectValues *v = &values[i % 2];
		ReplayedReject *j;

		heap_deform_tuple(q.rows->vals[found->row], q.rows->tupdesc, v->values, v->isnull);
		j = ReadReject(v);
		ReadParams(j, v, before, &values[(i + 1) % 2]);
		j->n = from + i;
		j->loaded_at = r->times[from - 1 + i];
		bytes += j->raw == NULL ? 0 : strlen(j->raw);
		rejects = lappend(rejects, j);
		before = j;
	}
	SqlDone(&q);
	return rejects;
}
