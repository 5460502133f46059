/*
 * facts.c
 *	  Gather facts about a staged batch: the number of its rows and keys, and the ranges of its
 *	  keys.
 *
 * The ranges leave out large gaps between keys, so that one row that is years late does not make a
 * merge read all those years.
 */
#include "base/compat.h"
#include "merge/batch.h"

#include <math.h>

#include "base/item_list.h"
#include "base/sql.h"
#include "merge/key_scan.h"
#include "utils/builtins.h"

/* A gap of more than this part of a span cuts it in two, at most so often in a row. */
#define GAP_PART		4
#define MAX_CUTS		3
/* Fewer rows are found one by one, wherever they lie. */
#define MIN_ROWS_TO_CUT	1000

/* Chunks: what reading a staged row costs, in time that a row takes for a table too many. */
#define ROW_COST		0.7
#define MIN_CHUNK_WORK	200000.0

/* Grouping by key counts duplicates without sorting the batch. Without one each row is a key. */
static char *
FactsSql(const MergeShape *shape)
{
	char	   *keys = ColumnList(shape->keys, NULL);
	char	   *is_null = KeyIsNull(shape);
	const char *range = shape->range_column;
	const char *bounds = "";

	if (shape->keys == NIL)
		return psprintf("SELECT count(*) AS rows, 0::bigint AS null_keys, count(*) AS keys\n"
						"FROM %s", shape->staging);
	if (range != NULL)
		bounds = psprintf(",\n\tmin(%s) FILTER (WHERE NOT (%s))::text AS low,"
						  "\n\tmax(%s) FILTER (WHERE NOT (%s))::text AS high",
						  range, is_null, range, is_null);
	return psprintf("SELECT coalesce(sum(_n), 0)::bigint AS rows,\n"
					"\tcoalesce(sum(_n) FILTER (WHERE %s), 0)::bigint AS null_keys,\n"
					"\tcount(*) FILTER (WHERE NOT (%s)) AS keys%s\n"
					"FROM (SELECT %s, count(*) AS _n FROM %s GROUP BY %s) AS k",
					is_null, is_null, bounds, keys, shape->staging, keys);
}

static KeyRange *
RangeOf(char *low, char *high)
{
	KeyRange   *range = palloc(sizeof(KeyRange));

	range->low = low;
	range->high = high;
	return range;
}

static void
AskSql(const MergeShape *shape, BatchFacts *facts)
{
	Sql			q;

	SqlBegin(&q, FactsSql(shape));
	SqlRun(&q, shape->pipeline->owner);
	facts->rows = SqlInt8(&q, 0, 1, NULL);
	facts->null_keys = SqlInt8(&q, 0, 2, NULL);
	facts->keys = SqlInt8(&q, 0, 3, NULL);
	if (shape->range_column != NULL && facts->values == NULL && facts->keys > 0)
	{
		char	   *low = quote_literal_cstr(SqlText(&q, 0, 4));
		char	   *high = quote_literal_cstr(SqlText(&q, 0, 5));

		facts->ranges = list_make1(RangeOf(psprintf("%s::%s", low, shape->range_type),
										   psprintf("%s::%s", high, shape->range_type)));
	}
	SqlDone(&q);
}

static KeyRange *
RangeOfStretches(const MergeShape *shape, const Stretch *first, const Stretch *last)
{
	return RangeOf(RangeLiteral(shape, first->low), RangeLiteral(shape, last->high));
}

static uint64
GapBefore(const Stretch *stretch)
{
	return (uint64) stretch->low - (uint64) stretch[-1].high;
}

/* Where the largest gap ends. */
static const Stretch *
LargestGap(const Stretch *first, const Stretch *last)
{
	const Stretch *end = first + 1;

	for (const Stretch *s = first + 1; s <= last; s++)
		if (GapBefore(s) > GapBefore(end))
			end = s;
	return end;
}

static List *
CutAtGaps(const MergeShape *shape, const Stretch *first, const Stretch *last, int cuts)
{
	uint64		span = (uint64) last->high - (uint64) first->low;

	if (cuts > 0 && first < last)
	{
		const Stretch *end = LargestGap(first, last);

		if (GapBefore(end) > span / GAP_PART)
			return list_concat(CutAtGaps(shape, first, end - 1, cuts - 1),
							   CutAtGaps(shape, end, last, cuts - 1));
	}
	return list_make1(RangeOfStretches(shape, first, last));
}

static List *
RangesOf(const MergeShape *shape, const Stretches *values)
{
	if (values == NULL || values->count == 0)
		return NIL;
	return CutAtGaps(shape, values->all, values->all + values->count - 1,
					 values->values < MIN_ROWS_TO_CUT ? 0 : MAX_CUTS);
}

BatchFacts *
BatchFactsOf(const MergeShape *shape)
{
	BatchFacts *facts = palloc0(sizeof(BatchFacts));
	KeyScan		scan;
	bool		scanned = shape->keys != NIL && ScanKeys(shape, &scan);

	facts->long_keys = shape->keys != NIL && (!scanned || scan.long_keys);
	if (scanned)
	{
		facts->rows = scan.rows;
		facts->null_keys = scan.null_keys;
		facts->keys = scan.rows - scan.null_keys - scan.repeats;
		facts->values = scan.values;
		facts->repeated = scan.repeats > 0 ? scan.repeated : NULL;
		facts->ranges = RangesOf(shape, scan.values);
	}
	if (!scanned || scan.repeats < 0)
		AskSql(shape, facts);
	return facts;
}

char *
BatchRange(const MergeShape *shape, const BatchFacts *facts, const char *alias)
{
	StringInfoData sql;
	ListCell   *lc;

	if (facts->ranges == NIL)
		return NULL;
	initStringInfo(&sql);
	foreach(lc, facts->ranges)
	{
		KeyRange   *range = lfirst(lc);

		AppendItem(&sql, " OR ", "%s.%s BETWEEN %s AND %s", alias, shape->range_column,
				   range->low, range->high);
	}
	if (list_length(facts->ranges) == 1)
		return sql.data;
	return psprintf("(%s)", sql.data);
}

/*
 * Reading the batch once more for each chunk, against probing all the parts of a chunk for each
 * of its rows: together they are least at the square root.
 */
static int64
ChunkCount(const BatchFacts *facts)
{
	if (!facts->probes || facts->values == NULL ||
		(double) facts->keys * facts->parts < MIN_CHUNK_WORK)
		return 1;
	return (int64) ceil(sqrt(ROW_COST * facts->parts));
}

static BatchFacts *
ChunkOf(const MergeShape *shape, const BatchFacts *facts, const Stretch *first,
		const Stretch *last)
{
	BatchFacts *chunk = palloc(sizeof(BatchFacts));

	*chunk = *facts;
	chunk->ranges = list_make1(RangeOfStretches(shape, first, last));
	chunk->is_chunk = true;
	return chunk;
}

List *
BatchChunks(const MergeShape *shape, const BatchFacts *facts)
{
	const Stretches *values = facts->values;
	int64		count = ChunkCount(facts);
	int64		sum = 0;
	int			first = 0;
	List	   *chunks = NIL;

	if (count == 1)
		return list_make1(unconstify(BatchFacts *, facts));
	for (int i = 0; i < values->count; i++)
	{
		int64		wanted = values->values * (list_length(chunks) + 1) / count;

		sum += values->all[i].count;
		if (sum < wanted && i < values->count - 1)
			continue;
		chunks = lappend(chunks, ChunkOf(shape, facts, &values->all[first], &values->all[i]));
		first = i + 1;
	}
	return chunks;
}
