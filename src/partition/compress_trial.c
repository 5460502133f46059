/*
 * compress_trial.c
 *	  Estimate the size of a table after it is compressed, from rows that are compressed as a trial.
 */
#include "base/compat.h"
#include "partition/compress_trial.h"

#include "base/attempt.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "partition/compress_part.h"
#include "partition/pack.h"
#include "partition/part_name.h"
#include "partition/row_order.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define SAMPLE_KEYS 4
#define KEYLESS_ROWS 100000

typedef struct Trial
{
	Oid			leaf;
	List	   *columns;
	const PackedShape *shape;
	SampleSize	size;
} Trial;

static int64
NumberOf(const char *query, Oid relid, Oid role)
{
	Sql			q;

	SqlBegin(&q, query);
	SqlAddOid(&q, REGCLASSOID, relid);
	return SqlDoInt8(&q, role);
}

/* Only pages of the sample were read. */
static int64
TableRows(const Trial *t)
{
	int64		pages = NumberOf("select pg_relation_size($1) / current_setting('block_size')::int8",
								 t->leaf, AsCatalog());

	return pages <= SAMPLE_PAGES ? t->size.rows : t->size.rows * pages / SAMPLE_PAGES;
}

static int64
ReplaceableBytes(Oid leaf)
{
	int64		bytes = 0;
	ListCell   *lc;

	foreach(lc, ReplaceableIndexes(leaf))
		bytes += NumberOf("select pg_relation_size($1)", lfirst_oid(lc), AsCatalog());
	return bytes;
}

static void
Try(void *arg)
{
	Trial	   *t = arg;
	Oid			owner = RelationOwner(t->leaf);
	Oid			schema = get_rel_namespace(t->leaf);
	char	   *name = FreeName(get_rel_name(t->leaf), "_sample", schema);
	char	   *quoted = quote_qualified_identifier(get_namespace_name(schema), name);
	char	   *columns = InsertedColumns(t->leaf);
	Oid			sample;
	double		whole;

	SqlExec(psprintf("CREATE UNLOGGED TABLE %s (LIKE %s INCLUDING INDEXES INCLUDING GENERATED "
					 "INCLUDING STORAGE INCLUDING COMPRESSION)", quoted, QuotedRelation(t->leaf)),
			owner);
	t->size.rows = SqlExec(psprintf("INSERT INTO %s (%s) SELECT %s %s ORDER BY %s", quoted, columns,
									columns, SampleClause(t->leaf),
									QuotedColumns(t->columns, "elt_sample")), owner);
	SqlExec(psprintf("REINDEX TABLE %s", quoted), owner);
	sample = get_relname_relid(name, schema);
	t->size.table_rows = TableRows(t);
	whole = t->size.rows == 0 ? 0 : (double) t->size.table_rows / t->size.rows;
	t->size.bytes = PartBytes(sample) * whole;
	t->size.brin_bytes = t->size.bytes - ReplaceableBytes(sample) * whole;
}

/* Rows of keys of which the sample has most; of a table without a key, some. */
static char *
PackedSample(const Trial *t)
{
	char	   *keys = QuotedColumns(t->shape->keys, "elt_sample");

	if (t->shape->keys == NIL)
		return psprintf("FROM (SELECT * FROM ONLY %s LIMIT %d) AS elt_sample",
						QuotedRelation(t->leaf), KEYLESS_ROWS);
	return psprintf("FROM ONLY %s AS elt_rows WHERE (%s) IN (SELECT %s %s GROUP BY %s "
					"ORDER BY count(*) DESC, %s LIMIT %d)", QuotedRelation(t->leaf),
					QuotedColumns(t->shape->keys, "elt_rows"), keys, SampleClause(t->leaf), keys,
					keys, SAMPLE_KEYS);
}

static int64
RowsOf(const char *query, Oid role)
{
	Sql			q;

	SqlBegin(&q, query);
	return SqlDoInt8(&q, role);
}

static void
TryPacked(void *arg)
{
	Trial	   *t = arg;
	Oid			owner = RelationOwner(t->leaf);
	Oid			schema = get_rel_namespace(t->leaf);
	char	   *name = FreeName(get_rel_name(t->leaf), "_sample", schema);
	char	   *packed = quote_qualified_identifier(get_namespace_name(schema), name);
	int64		rows;

	t->size.rows = RowsOf(psprintf("SELECT count(*) %s", SampleClause(t->leaf)), owner);
	t->size.table_rows = TableRows(t);
	PackInto(packed, t->leaf, t->shape, PackedSample(t), owner);
	PackedIndex(packed, t->shape, owner);
	rows = RowsOf(psprintf("SELECT coalesce(sum(" PACKED_COUNT "), 0)::bigint FROM %s", packed),
				  owner);
	t->size.bytes = rows == 0 ? 0 :
		(double) PartBytes(get_relname_relid(name, schema)) / rows * t->size.table_rows;
}

SampleSize
SamplePacked(Oid leaf, const PackedShape *shape)
{
	Trial		trial = {.leaf = leaf, .shape = shape};
	ErrorData  *error = AttemptAndUndo(TryPacked, &trial);

	if (error != NULL)
		ReThrowError(error);
	return trial.size;
}

SampleSize
SampleSorted(Oid leaf, List *columns)
{
	Trial		trial = {.leaf = leaf, .columns = columns};
	ErrorData  *error = AttemptAndUndo(Try, &trial);

	if (error != NULL)
		ReThrowError(error);
	return trial.size;
}
