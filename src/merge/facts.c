/*
 * facts.c
 *	  What is known of a staged batch: how many rows and keys, and where its keys lie.
 *
 * The ranges of a batch are its keys without the large gaps between them, so that one row that
 * is years late does not make a merge read the years.
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
RangeOfValues(const MergeShape *shape, int64 low, int64 high)
{
	return RangeOf(RangeLiteral(shape, low), RangeLiteral(shape, high));
}

/* Where the largest gap ends. */
static int64
LargestGap(const int64 *values, int64 from, int64 to)
{
	int64		end = from + 1;

	for (int64 i = from + 1; i < to; i++)
		if ((uint64) values[i] - (uint64) values[i - 1] >
			(uint64) values[end] - (uint64) values[end - 1])
			end = i;
	return end;
}

/* The ranges of values from to to - 1. */
static List *
CutAtGaps(const MergeShape *shape, const int64 *values, int64 from, int64 to, int cuts)
{
	uint64		span = (uint64) values[to - 1] - (uint64) values[from];

	if (cuts > 0 && span > 0)
	{
		int64		end = LargestGap(values, from, to);

		if ((uint64) values[end] - (uint64) values[end - 1] > span / GAP_PART)
			return list_concat(CutAtGaps(shape, values, from, end, cuts - 1),
							   CutAtGaps(shape, values, end, to, cuts - 1));
	}
	return list_make1(RangeOfValues(shape, values[from], values[to - 1]));
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
		facts->keys = scan.rows - scan.null_keys;
		facts->values = scan.values;
		facts->nvalues = facts->keys;
	}
	if (facts->values != NULL && facts->nvalues > 0)
		facts->ranges = CutAtGaps(shape, facts->values, 0, facts->nvalues,
								  facts->nvalues < MIN_ROWS_TO_CUT ? 0 : MAX_CUTS);
	if (!scanned || !scan.distinct)
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

/* The first of the next chunk; equal values stay together. */
static int64
ChunkEnd(const int64 *values, int64 end, int64 count)
{
	while (end < count && values[end] == values[end - 1])
		end++;
	return end;
}

static BatchFacts *
ChunkOf(const MergeShape *shape, const BatchFacts *facts, int64 from, int64 to)
{
	BatchFacts *chunk = palloc(sizeof(BatchFacts));

	*chunk = *facts;
	chunk->ranges = list_make1(RangeOfValues(shape, facts->values[from], facts->values[to - 1]));
	chunk->is_chunk = true;
	return chunk;
}

List *
BatchChunks(const MergeShape *shape, const BatchFacts *facts)
{
	int64		count = ChunkCount(facts);
	List	   *chunks = NIL;

	if (count == 1)
		return list_make1(unconstify(BatchFacts *, facts));
	for (int64 from = 0, n = 1; from < facts->nvalues; n++)
	{
		int64		to = ChunkEnd(facts->values, Max(from + 1, facts->nvalues * n / count),
								  facts->nvalues);

		chunks = lappend(chunks, ChunkOf(shape, facts, from, to));
		from = to;
	}
	return chunks;
}
