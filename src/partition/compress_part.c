/*
 * compress_part.c
 *	  The action that rewrites a partition sorted and dense, and keeps it where it is: compress.
 *
 * An index that belongs to one of the partitioned table cannot be dropped on a partition alone, and a
 * unique one is a constraint. Both are rebuilt without free space. Others of the partition itself can be
 * replaced by a BRIN index.
 */
#include "base/compat.h"
#include "partition/compress_part.h"

#include "access/genam.h"
#include "base/identity.h"
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "partition/part_name.h"
#include "partition/part_work.h"
#include "partition/rewrite.h"
#include "partition/row_order.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

int64
PartBytes(Oid part)
{
	Sql			q;

	SqlBegin(&q, "select coalesce((select sum(pg_total_relation_size(relid))::int8 "
			 "from pg_partition_tree($1)), pg_total_relation_size($1))");
	SqlAddOid(&q, REGCLASSOID, part);
	return SqlDoInt8(&q, AsCatalog());
}

List *
LeavesOf(Oid part)
{
	Sql			q;
	List	   *leaves;

	SqlBegin(&q, "select relid::oid from pg_partition_tree($1) where isleaf order by 1");
	SqlAddOid(&q, REGCLASSOID, part);
	leaves = SqlDoOids(&q, AsCatalog());
	return leaves != NIL ? leaves : list_make1_oid(part);
}

List *
ReplaceableIndexes(Oid relid)
{
	Sql			q;

	SqlBegin(&q, "select i.indexrelid from pg_index i join pg_class c on c.oid = i.indexrelid "
			 "join pg_am m on m.oid = c.relam where i.indrelid = $1 and m.amname = 'btree' "
			 "and not (i.indisunique or i.indisreplident) "
			 "and i.indexprs is null and i.indpred is null "
			 "and not exists (select from pg_inherits where inhrelid = i.indexrelid) order by 1");
	SqlAddOid(&q, OIDOID, relid);
	return SqlDoOids(&q, AsCatalog());
}

/* ---- BRIN in place of indexes ---- */

static List *
IndexStatements(List *indexes)
{
	List	   *statements = NIL;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Sql			q;

		SqlBegin(&q, "select pg_get_indexdef($1)");
		SqlAddOid(&q, OIDOID, lfirst_oid(lc));
		statements = lappend(statements, SqlDoText(&q, AsCatalog()));
	}
	return statements;
}

static List *
IndexColumns(Oid index)
{
	Sql			q;

	SqlBegin(&q, "select a.attname::text from pg_index i, "
			 "unnest(i.indkey::int2[]) with ordinality k(attnum, n) "
			 "join pg_attribute a on a.attnum = k.attnum "
			 "where i.indexrelid = $1 and a.attrelid = i.indrelid order by n");
	SqlAddOid(&q, OIDOID, index);
	return SqlDoTexts(&q, AsCatalog());
}

static List *
AddIfBrinCan(List *columns, Oid relid, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);
		Oid			type = get_atttype(relid, get_attnum(relid, name));

		if (!NamesContain(columns, name) && OidIsValid(GetDefaultOpClass(type, BRIN_AM_OID)))
			columns = lappend(columns, pstrdup(name));
	}
	return columns;
}

static List *
BrinColumns(Oid relid, List *dropped, List *order_by)
{
	List	   *columns = AddIfBrinCan(NIL, relid, order_by);
	ListCell   *lc;

	foreach(lc, dropped)
		columns = AddIfBrinCan(columns, relid, IndexColumns(lfirst_oid(lc)));
	return columns;
}

static void
ReplaceByBrin(Rewrite *r, Compression *c)
{
	Oid			schema = get_rel_namespace(r->relid);
	List	   *dropped = ReplaceableIndexes(r->relid);
	List	   *columns = BrinColumns(r->relid, dropped, r->columns);

	if (dropped == NIL || columns == NIL)
		return;
	r->dropped = dropped;
	r->brin_columns = columns;
	r->brin = FreeName(get_rel_name(r->relid), "_brin", schema);
	c->indexes = list_concat(c->indexes, IndexStatements(dropped));
	c->brins = lappend(c->brins, quote_qualified_identifier(get_namespace_name(schema), r->brin));
}

/* ---- a partition ---- */

/* What maintains a partition has the rights of its table's owner. */
static void
CheckOwner(Oid leaf, Oid owner)
{
	if (!has_privs_of_role(owner, RelationOwner(leaf)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("owner of the table must be owner of partition \"%s\"",
						RelationLabel(leaf))));
}

static void
CompressLeaf(const Policy *policy, Oid leaf, const char *order_by, bool brin, Compression *c)
{
	RowOrder   *order;
	Rewrite		rewrite = {.relid = leaf, .lock_timeout_ms = policy->lock_timeout_ms};

	CheckOwner(leaf, RelationOwner(policy->relation));
	order = RowOrderOf(leaf, policy->column, order_by);
	rewrite.columns = order->columns;
	if (brin)
		ReplaceByBrin(&rewrite, c);
	RewriteTable(&rewrite);
	c->rows += rewrite.rows;
	if (c->order_by == NIL)
		c->order_by = order->columns;
}

static Compression *
CompressLeaves(const Policy *policy, Oid part, const char *order_by, bool brin)
{
	Compression *c = palloc0(sizeof(Compression));
	ListCell   *lc;

	c->form = "sorted";
	c->bytes_before = PartBytes(part);
	foreach(lc, LeavesOf(part))
		CompressLeaf(policy, lfirst_oid(lc), order_by, brin, c);
	c->bytes_after = PartBytes(part);
	return c;
}

/* A policy of row security must not hide rows of the sample. */
Compression *
CompressPart(const Policy *policy, Oid part, const char *order_by, bool brin)
{
	int			guc_level = NewGUCNestLevel();
	Compression *c;

	SettingSet("row_security", "off");
	c = CompressLeaves(policy, part, order_by, brin);
	AtEOXact_GUC(true, guc_level);
	return c;
}

static void
DropBrins(List *brins, Oid owner)
{
	ListCell   *lc;

	foreach(lc, brins)
		SqlExec(psprintf("DROP INDEX IF EXISTS %s", (char *) lfirst(lc)), owner);
}

void
DecompressPart(const Policy *policy, Oid part, Compression *c)
{
	Oid			owner = RelationOwner(policy->relation);
	int64		before = PartBytes(part);

	DropBrins(c->brins, owner);
	SqlExecAll(c->indexes, owner);
	c->bytes_before = before;
	c->bytes_after = PartBytes(part);
}

/* ---- the action ---- */

static char *
OrderOf(const PartWork *work)
{
	Sql			q;

	SqlBegin(&q, "select $1->>'order_by'");
	SqlAddJsonb(&q, work->chain->options);
	return SqlDoText(&q, AsCatalog());
}

static bool
WantsBrin(const PartWork *work)
{
	Sql			q;

	SqlBegin(&q, "select where $1->'brin' = 'true'");
	SqlAddJsonb(&q, work->chain->options);
	return SqlDo(&q, AsCatalog()) > 0;
}

static void
CompressNow(PartWork *work)
{
	LedgerRow  *row = work->row;

	row->compression = CompressionText(CompressPart(work->policy, row->part.relid, OrderOf(work),
													WantsBrin(work)));
}

static char *
AnalyzeStatement(PartWork *work)
{
	return psprintf("ANALYZE %s", QuotedRelation(work->row->part.relid));
}

static void
AnalyzeNow(PartWork *work)
{
	SqlExec(AnalyzeStatement(work), RelationOwner(work->policy->relation));
}

static char *
ShowCompress(PartWork *work)
{
	return psprintf("rewrite %s sorted and dense%s", work->row->name,
					WantsBrin(work) ? ", with a BRIN index in place of its own indexes" : "");
}

static void
CheckOptions(Oid relation, const char *options)
{
	Sql			q;
	char	   *order_by;
	bool		is_boolean;

	SqlBegin(&q, "select $1->>'order_by', coalesce(jsonb_typeof($1->'brin'), 'boolean') = 'boolean'");
	SqlAddJsonb(&q, options);
	SqlRun(&q, AsCatalog());
	order_by = SqlText(&q, 0, 1);
	is_boolean = SqlBool(&q, 0, 2);
	SqlDone(&q);
	RowOrderCheckName(order_by);
	if (!is_boolean)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"brin\" of action \"compress\" must be true or false")));
}

static const PartStep compress_steps[] = {
	{"compress", CompressNow, .show = ShowCompress},
	{"analyze", AnalyzeNow, .show = AnalyzeStatement},
};

const PartAction compress_action = {
	.name = "compress",
	.done = "compressed",
	.end_state = "attached",
	.from = PART_ATTACHED,
	.to = PART_ATTACHED,
	.steps = compress_steps,
	.nsteps = lengthof(compress_steps),
	.options = "{order_by,brin}",
	.check_options = CheckOptions,
};
