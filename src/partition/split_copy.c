/*
 * split_copy.c
 *	  Copy the rows of a partition that is being divided, while others change them.
 *
 * A version of a row is known by its place (ctid) in the partition. A trigger notes each version that
 * comes or goes, in the transaction that makes it so: what a snapshot sees of the partition and of the
 * notes therefore belongs together. Blocks of the partition are copied in their order, and what is
 * noted of blocks that are already copied is applied first. So after each transaction the copies have
 * exactly the rows that its snapshot saw in these blocks, and no key is ever there twice.
 */
#include "base/compat.h"
#include "partition/split_copy.h"

#include "access/relation.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "partition/carry.h"
#include "partition/part_name.h"
#include "sink/table_sum.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define TRIGGER "elt_split"

static char *
ColumnDefinitions(Oid relation)
{
	Relation	rel = RelationOpen(relation, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped)
			appendStringInfo(&sql, ", %s %s", quote_identifier(NameStr(att->attname)),
							 ColumnType(att));
	}
	relation_close(rel, AccessShareLock);
	return sql.data;
}

/* The trigger writes to it below SQL, where no privilege is asked for. */
void
SplitNoteChanges(Split *split)
{
	char	   *name = FreeName(split->name, "_changes", split->schema);
	char	   *schema = get_namespace_name(split->schema);
	char	   *table = QuotedRelation(split->source);

	SqlExec(psprintf("CREATE %sTABLE %s (elt_lsn bigint NOT NULL, elt_new boolean NOT NULL, "
					 "elt_at tid NOT NULL%s)", PersistenceClause(split->source),
					 quote_qualified_identifier(schema, name), ColumnDefinitions(split->source)),
			split->owner);
	split->log = get_relname_relid(name, split->schema);
	SqlExec(psprintf("CREATE TRIGGER " TRIGGER " AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW "
					 "EXECUTE FUNCTION elt_catalog.note_split_change(%s, %s)", table,
					 quote_literal_cstr(schema), quote_literal_cstr(name)), AsCatalog());
	SqlExec(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER " TRIGGER, table), AsCatalog());
	split->phase = "copy";
	SplitSave(split);
}

static bool
HasTrigger(Oid table)
{
	Sql			q;

	SqlBegin(&q, "select from pg_trigger where tgrelid = $1 and tgname = '" TRIGGER "'");
	SqlAddOid(&q, OIDOID, table);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
SplitStopNoting(Split *split)
{
	if (OidIsValid(split->source) && HasTrigger(split->source))
		SqlExec(psprintf("DROP TRIGGER " TRIGGER " ON %s", QuotedRelation(split->source)),
				AsCatalog());
	if (OidIsValid(split->log))
		SqlExec(psprintf("DROP TABLE %s", QuotedRelation(split->log)), split->owner);
	split->log = InvalidOid;
}

/* ---- applying what was noted ---- */

static char *
NotedBefore(const Split *split)
{
	return psprintf("elt_at < '(%lld,0)'", (long long) split->next_block);
}

static bool
AnyNoted(const Split *split)
{
	return SqlExec(psprintf("SELECT FROM %s WHERE %s LIMIT 1", QuotedRelation(split->log),
							NotedBefore(split)), split->owner) > 0;
}

/* Columns of indexes that are never null find a row; whether it is the one, all of them tell. */
static char *
KeyCondition(const Split *split)
{
	Sql			q;

	SqlBegin(&q, "select string_agg(format('s.%I = l.%I', a.attname, a.attname), ' AND ') "
			 "from pg_attribute a where a.attrelid = $1 and a.attnum > 0 and (a.attname = $2 "
			 "or a.attnotnull and exists (select from pg_index i where i.indrelid = $1 "
			 "and a.attnum = any (i.indkey) and i.indisunique))");
	SqlAddOid(&q, OIDOID, split->source);
	SqlAddName(&q, split->policy->column);
	return SqlDoText(&q, AsCatalog());
}

/* Where the copies of versions are that have gone; equal ones are taken one by one. */
static char *
GoneStatement(const Split *split)
{
	List	   *columns = ColumnNames(split->source);
	char	   *noted = QuotedColumns(columns, "l");

	return psprintf("WITH gone AS (SELECT l.*, row_number() OVER (PARTITION BY ROW(%s)::text) - 1 AS elt_nth "
					"FROM (SELECT *, row_number() OVER (PARTITION BY elt_at ORDER BY elt_lsn) AS elt_first "
					"FROM %s WHERE %s) l WHERE elt_first = 1 AND NOT elt_new) "
					"SELECT coalesce(m.part, 0), array_agg(m.ctid) FROM gone l LEFT JOIN LATERAL "
					"(SELECT s.tableoid AS part, s.ctid FROM %s s WHERE %s "
					"AND pg_catalog.record_image_eq(ROW(%s), ROW(%s)) OFFSET l.elt_nth LIMIT 1) m ON true "
					"GROUP BY 1", noted, QuotedRelation(split->log), NotedBefore(split),
					QuotedRelation(split->root), KeyCondition(split), QuotedColumns(columns, "s"),
					noted);
}

static void
DeleteGone(Split *split)
{
	Sql			q;

	SqlBegin(&q, GoneStatement(split));
	SqlRun(&q, split->owner);
	for (uint64 i = 0; i < q.processed; i++)
	{
		Oid			part = DatumGetObjectId(SqlDatum(&q, i, 1, NULL));
		Sql			d;

		if (!OidIsValid(part))
			elog(ERROR, "copies of partition \"%s\" lack rows that were changed", split->name);
		SqlBegin(&d, psprintf("DELETE FROM ONLY %s WHERE ctid = ANY ($1)", QuotedRelation(part)));
		SqlAdd(&d, TIDARRAYOID, SqlDatum(&q, i, 2, NULL), false);
		split->rows -= SqlDo(&d, split->owner);
	}
	SqlDone(&q);
}

static void
InsertNew(Split *split)
{
	char	   *columns = InsertedColumns(split->source);

	split->rows += SqlExec(psprintf("INSERT INTO %s (%s) SELECT %s FROM (SELECT *, row_number() OVER "
									"(PARTITION BY elt_at ORDER BY elt_lsn DESC) AS elt_last "
									"FROM %s WHERE %s) l WHERE elt_last = 1 AND elt_new",
									QuotedRelation(split->root), columns, columns,
									QuotedRelation(split->log), NotedBefore(split)),
						   split->owner);
}

static void
ApplyNoted(Split *split)
{
	if (!AnyNoted(split))
		return;
	DeleteGone(split);
	InsertNew(split);
	SqlExec(psprintf("DELETE FROM %s WHERE %s", QuotedRelation(split->log), NotedBefore(split)),
			split->owner);
}

/* ---- copying ---- */

static int64
BlocksOf(Oid relation)
{
	Relation	rel = RelationOpen(relation, AccessShareLock);
	int64		blocks = RelationGetNumberOfBlocks(rel);

	relation_close(rel, NoLock);
	return blocks;
}

/* What was noted of these blocks is in them. */
static void
CopyBlocks(Split *split, int64 end)
{
	char	   *columns = InsertedColumns(split->source);

	SqlExec(psprintf("DELETE FROM %s WHERE elt_at >= '(%lld,0)' AND elt_at < '(%lld,0)'",
					 QuotedRelation(split->log), (long long) split->next_block, (long long) end),
			split->owner);
	split->rows += SqlExec(psprintf("INSERT INTO %s (%s) SELECT %s FROM ONLY %s "
									"WHERE ctid >= '(%lld,0)' AND ctid < '(%lld,0)'",
									QuotedRelation(split->root), columns, columns,
									QuotedRelation(split->source), (long long) split->next_block,
									(long long) end),
						   split->owner);
	split->next_block = end;
}

bool
SplitCopy(Split *split, int64 blocks)
{
	int64		end;

	ApplyNoted(split);
	split->blocks = BlocksOf(split->source);
	end = Min(split->next_block + blocks, split->blocks);
	if (end > split->next_block)
		CopyBlocks(split, end);
	SplitSave(split);
	return split->next_block >= split->blocks;
}

bool
SplitIsBehind(Split *split, int64 rows, int64 blocks)
{
	if (BlocksOf(split->source) - split->next_block > blocks)
		return true;
	return SqlExec(psprintf("SELECT FROM %s LIMIT %lld", QuotedRelation(split->log),
							(long long) rows + 1), split->owner) > rows;
}

/* ---- comparing ---- */

typedef struct Sums
{
	Split	   *split;
	RowSum		source;
	RowSum		copies;
} Sums;

static void
SumBoth(void *arg)
{
	Sums	   *sums = arg;
	char	   *columns = QuotedColumns(ColumnNames(sums->split->source), NULL);

	sums->source = QuerySum(psprintf("SELECT %s FROM ONLY %s", columns,
									 QuotedRelation(sums->split->source)), NULL);
	sums->copies = QuerySum(psprintf("SELECT %s FROM %s", columns,
									 QuotedRelation(sums->split->root)), NULL);
}

void
SplitCompare(Split *split)
{
	Sums		sums = {split};

	RunAs(split->owner, SumBoth, &sums);
	if (RowSumsAreEqual(sums.source, sums.copies))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("copies of partition \"%s\" do not have its rows", split->name),
			 errdetail("The partition has %lld rows, and the copies have %lld.",
					   (long long) sums.source.rows, (long long) sums.copies.rows),
			 errhint("Begin anew: CALL elt.split_partition(%s, undo => true).",
					 quote_literal_cstr(QuotedRelation(split->source)))));
}
