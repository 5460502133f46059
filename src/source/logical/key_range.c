/*
 * key_range.c
 *	  Divide a table into ranges of its key, by a sample of its blocks.
 */
#include "base/compat.h"
#include "source/logical/key_range.h"

#include "base/item_list.h"
#include "lib/stringinfo.h"

/* A table of fewer blocks is read faster than another connection is made; a range has at least as many. */
#define RANGE_BLOCKS 256

/* Blocks that are looked at, about. */
#define SAMPLE_BLOCKS 400

KeyRange *
KeyRangeCreate(List *after, List *until)
{
	KeyRange   *range = palloc(sizeof(KeyRange));

	range->after = after;
	range->until = until;
	return range;
}

bool
KeyRangeFits(const KeyRange *range, List *key)
{
	return (range->after == NIL || list_length(range->after) == list_length(key)) &&
		(range->until == NIL || list_length(range->until) == list_length(key));
}

static List *
CopyTexts(List *texts)
{
	List	   *copy = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		copy = lappend(copy, pstrdup(lfirst(lc)));
	return copy;
}

/* ---- texts ---- */

static char *
Quoted(PgLink *link, List *texts, char *(*quote) (PgLink *link, const char *text))
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, texts)
		AppendItem(&list, ", ", "%s", quote(link, lfirst(lc)));
	return list.data;
}

char *
KeyNames(PgLink *link, List *key)
{
	return Quoted(link, key, PgLinkName);
}

static void
AppendBound(StringInfo sql, PgLink *link, List *key, const char *operator, List *values)
{
	if (values != NIL)
		appendStringInfo(sql, " AND (%s) %s (%s)", KeyNames(link, key), operator,
						 Quoted(link, values, PgLinkLiteral));
}

char *
KeyRangeCondition(PgLink *link, List *key, const KeyRange *range)
{
	StringInfoData sql;

	initStringInfo(&sql);
	AppendBound(&sql, link, key, ">", range->after);
	AppendBound(&sql, link, key, "<=", range->until);
	return sql.data;
}

/* ---- dividing ---- */

/* Of the table, and of its partitions where the server knows how to list them. */
static int64
Blocks(PgLink *link, const char *table)
{
	const char *name = PgLinkLiteral(link, table);
	const char *size = PgLinkVersion(link) >= 120000 ?
		psprintf("(SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(%s))", name) : "NULL";
	PGresult   *r = PgLinkRun(link, psprintf("SELECT (coalesce(%s, pg_relation_size(%s)) /"
											 " current_setting('block_size')::int)::bigint",
											 size, name));

	return strtoll(PgLinkValue(r, 0, 0), NULL, 10);
}

/* Of the rows of some blocks, those that divide them into as many parts. */
#define BOUNDS_SQL \
	"SELECT %s FROM (SELECT %s, row_number() OVER (ORDER BY %s) AS elt_number, count(*) OVER () AS elt_rows" \
	" FROM %s TABLESAMPLE SYSTEM (%g) WHERE %s) AS elt_sample" \
	" WHERE elt_number < elt_rows AND elt_number * %d / elt_rows <> (elt_number - 1) * %d / elt_rows" \
	" ORDER BY elt_number"

static List *
ValuesOf(const PGresult *r, int row)
{
	List	   *values = NIL;

	for (int i = 0; i < PQnfields(r); i++)
		values = lappend(values, pstrdup(PgLinkValue(r, row, i)));
	return values;
}

/* The last keys of all ranges but the last one, each a list of values. */
static List *
Bounds(PgLink *link, const char *table, List *key, const char *condition, int64 blocks, int parts)
{
	const char *names = KeyNames(link, key);
	double		percent = Min(100.0, 100.0 * SAMPLE_BLOCKS / blocks);
	PGresult   *r = PgLinkRun(link, psprintf(BOUNDS_SQL, names, names, names, table, percent,
											 condition ? condition : "true", parts, parts));
	List	   *bounds = NIL;

	for (int i = 0; i < PQntuples(r); i++)
		bounds = lappend(bounds, ValuesOf(r, i));
	return bounds;
}

List *
KeyRangesPlan(PgLink *link, const SourceDefinition *def, List *key, const char *condition, int most)
{
	const LogicalSource *source = def->own;
	char	   *table = psprintf("%s.%s", PgLinkName(link, source->schema),
								 PgLinkName(link, source->table));
	int64		blocks = most > 1 && key != NIL ? Blocks(link, table) : 0;
	int			parts = (int) Min((int64) most, blocks / RANGE_BLOCKS);
	List	   *ranges = NIL;
	List	   *after = NIL;
	ListCell   *lc;

	foreach(lc, parts > 1 ? Bounds(link, table, key, condition, blocks, parts) : NIL)
	{
		ranges = lappend(ranges, KeyRangeCreate(after, lfirst(lc)));
		after = CopyTexts(lfirst(lc));
	}
	return lappend(ranges, KeyRangeCreate(after, NIL));
}
