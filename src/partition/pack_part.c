/*
 * pack_part.c
 *	  The action that turns the rows of a partition into arrays, which a foreign table reads: pack.
 *
 * The table of a detached partition is locked, packed, compared with what the foreign table reads, and
 * dropped, in one transaction. The foreign table takes its name, and says by a constraint which times it
 * has, so that a question for other ones does not read it.
 */
#include "base/compat.h"
#include "partition/pack_part.h"

#include "access/xact.h"
#include "base/identity.h"
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_type.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "partition/all_view.h"
#include "partition/busy.h"
#include "partition/compress_part.h"
#include "partition/missing.h"
#include "partition/pack.h"
#include "partition/packed_table.h"
#include "partition/part_name.h"
#include "partition/remove.h"
#include "sink/table_sum.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* ---- sums of rows, as the owner ---- */

typedef struct Sums
{
	char	   *left;			/* queries */
	char	   *right;
	RowSum		left_sum;
	RowSum		right_sum;
} Sums;

/* A policy of row security that hides rows would lose them: it raises an error instead. */
static void
TakeSums(void *arg)
{
	Sums	   *sums = arg;
	int			guc_level = NewGUCNestLevel();

	SettingSet("row_security", "off");
	sums->left_sum = QuerySum(sums->left, NULL);
	sums->right_sum = QuerySum(sums->right, NULL);
	AtEOXact_GUC(true, guc_level);
}

/* The number of rows that both relations have. */
static int64
Compare(const char *columns, const char *left, const char *right, const char *name, Oid owner)
{
	Sums		sums = {
		.left = psprintf("SELECT %s FROM %s", columns, left),
		.right = psprintf("SELECT %s FROM %s", columns, right)
	};

	RunAs(owner, TakeSums, &sums);
	if (!RowSumsAreEqual(sums.left_sum, sums.right_sum))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the packed rows of partition \"%s\" differ from its rows", name)));
	return sums.left_sum.rows;
}

/* ---- the foreign table ---- */

static char *
Columns(Oid relid)
{
	Sql			q;

	SqlBegin(&q, "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute "
			 "where attrelid = $1 and attnum > 0 and not attisdropped");
	SqlAddOid(&q, OIDOID, relid);
	return SqlDoText(&q, AsCatalog());
}

static char *
ColumnDefinitions(Oid relid)
{
	Sql			q;

	SqlBegin(&q, "select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) "
			 "|| coalesce((select format(' COLLATE %I.%I', n.nspname, c.collname) "
			 "from pg_collation c join pg_namespace n on n.oid = c.collnamespace "
			 "join pg_type y on y.oid = a.atttypid where c.oid = a.attcollation "
			 "and c.oid <> y.typcollation), ''), ', ' order by a.attnum) from pg_attribute a "
			 "where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped");
	SqlAddOid(&q, OIDOID, relid);
	return SqlDoText(&q, AsCatalog());
}

static void
AddBounds(StringInfo create, const Policy *policy, const Part *part)
{
	const char *column = quote_identifier(policy->column);
	bool		has_upper = !TIMESTAMP_IS_NOEND(part->upper);

	appendStringInfo(create, ", CHECK (%s IS NOT NULL", column);
	if (!TIMESTAMP_IS_NOBEGIN(part->lower))
		appendStringInfo(create, " AND %s >= %s", column, BoundLiteral(policy, part->lower));
	if (has_upper)
		appendStringInfo(create, " AND %s < %s", column, BoundLiteral(policy, part->upper));
	appendStringInfoString(create, ")");
}

/* Its owner need not know of our server. */
static void
LetUseServer(Oid owner)
{
	Oid			server = GetForeignServerByName(PACKED_SERVER, false)->serverid;

	if (ForeignServerAclCheck(server, owner, ACL_USAGE) != ACLCHECK_OK)
		SqlExec(psprintf("GRANT USAGE ON FOREIGN SERVER " PACKED_SERVER " TO %s",
						 quote_identifier(GetUserNameFromId(owner, false))), AsCatalog());
}

static void
CreateForeign(const Policy *policy, const Part *part, const char *name, const char *packed,
			  int64 rows, Oid owner)
{
	StringInfoData create;

	LetUseServer(owner);
	initStringInfo(&create);
	appendStringInfo(&create, "CREATE FOREIGN TABLE %s (%s", name, ColumnDefinitions(part->relid));
	AddBounds(&create, policy, part);
	appendStringInfo(&create, ") SERVER " PACKED_SERVER " OPTIONS (packed %s, rows '%lld')",
					 quote_literal_cstr(packed), (long long) rows);
	SqlExec(create.data, owner);
}

/* ---- pack ---- */

static int64
PackedRows(const char *packed, Oid owner)
{
	Sql			q;

	SqlBegin(&q, psprintf("SELECT coalesce(sum(" PACKED_COUNT "), 0)::bigint FROM %s", packed));
	return SqlDoInt8(&q, owner);
}

static void
LockPart(void *arg)
{
	Oid			part = ((PartWork *) arg)->row->part.relid;
	ListCell   *lc;

	LockRelationOid(part, ExclusiveLock);
	foreach(lc, LeavesOf(part))
		LockRelationOid(lfirst_oid(lc), ExclusiveLock);
}

/* The view reads the packed rows before the table goes, whose name they take in the end. */
static void
Replace(PartWork *work, const char *waiting, Oid foreign, Oid owner)
{
	Part		table = work->row->part;

	work->row->part.relid = foreign;
	work->row->state = "packed";
	work->row->attached = false;
	LedgerSave(work->policy->relation, work->row);
	AllViewRefresh(work->policy->relation);
	SqlExec(psprintf("DROP TABLE %s", QuotedRelation(table.relid)), owner);
	SqlExec(psprintf("ALTER FOREIGN TABLE %s RENAME TO %s", waiting,
					 quote_identifier(work->row->name)), owner);
}

void
PackPart(PartWork *work)
{
	Oid			part = work->row->part.relid;
	Oid			owner = RelationOwner(work->policy->relation);
	Oid			schema = get_rel_namespace(part);
	char	   *space = get_namespace_name(schema);
	PackedShape *shape = PackedShapeRequired(part, work->policy->column);
	char	   *name = FreeName(work->row->name, "_packed", schema);
	char	   *packed = quote_qualified_identifier(space, name);
	char	   *waiting_name;
	char	   *waiting;
	Compression c = {0};

	WithLockTimeout(work->policy->lock_timeout_ms, LockPart, work);
	c.form = "packed";
	c.bytes_before = PartBytes(part);
	PackInto(packed, part, shape, psprintf("FROM %s", QuotedRelation(part)), owner);
	PackedIndex(packed, shape, owner);
	waiting_name = FreeName(work->row->name, "_rows", schema);
	waiting = quote_qualified_identifier(space, waiting_name);
	CreateForeign(work->policy, &work->row->part, waiting, packed, PackedRows(packed, owner), owner);
	c.rows = Compare(Columns(part), QuotedRelation(part), waiting, work->row->name, owner);
	SqlExec(psprintf("ANALYZE %s", packed), owner);
	c.bytes_after = PartBytes(get_relname_relid(name, schema));
	c.order_by = lappend(list_copy(shape->keys), shape->time);
	work->row->compression = CompressionText(&c);
	Replace(work, waiting, get_relname_relid(waiting_name, schema), owner);
}

/* What cannot be packed is not detached. An older snapshot would not see what was written before the lock. */
static void
CheckPart(PartWork *work)
{
	if (!OidIsValid(work->row->part.relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table of partition \"%s\" has been dropped", work->row->name)));
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("partitions can be packed only in transactions of isolation level READ "
						"COMMITTED")));
	(void) PackedShapeRequired(work->row->part.relid, work->policy->column);
}

static void
PackNow(PartWork *work)
{
	CheckPart(work);
	PackPart(work);
}

static char *
ShowNothing(PartWork *work)
{
	return NULL;
}

static void
CheckTable(Oid relation, const char *options)
{
	(void) PackedShapeRequired(relation, PolicyOf(relation)->column);
}

static char *
ShowPack(PartWork *work)
{
	return psprintf("pack the rows of %s into arrays, compare them, and drop the table",
					work->row->name);
}

static const PartStep pack_steps[] = {
	{"check", CheckPart, .show = ShowNothing},
	{"detach", PartDetach, PartDetachStatement, PartShowDetach},
	{"pack", PackNow, .show = ShowPack},
};

const PartAction pack_action = {
	.name = "pack",
	.done = "packed",
	.state = "detaching",
	.end_state = "packed",
	.from = PART_ATTACHED | PART_DETACHED,
	.to = PART_PACKED,
	.removes = true,
	.in_all_view = true,
	.drops = true,
	.steps = pack_steps,
	.nsteps = lengthof(pack_steps),
	.check_options = CheckTable,
};

/* ---- unpack ---- */

typedef struct Filling
{
	Oid			foreign_oid;
	const char *foreign;
	const char *name;
	Oid			relation;
	Oid			owner;
	int64		rows;
} Filling;

/* Those that were added to the table since are null, or have their default. */
static char *
FilledColumns(const Filling *filling)
{
	Sql			q;

	SqlBegin(&q, "select string_agg(quote_ident(t.attname), ', ' order by t.attnum) "
			 "from pg_attribute t join pg_attribute f on f.attname = t.attname "
			 "where t.attrelid = $1 and t.attnum > 0 and not t.attisdropped and t.attgenerated = '' "
			 "and f.attrelid = $2 and f.attnum > 0 and not f.attisdropped "
			 "and ('" PACKED_MISSING "=true' = any (f.attfdwoptions)) is not true");
	SqlAddOid(&q, OIDOID, filling->relation);
	SqlAddOid(&q, OIDOID, filling->foreign_oid);
	return SqlDoText(&q, AsCatalog());
}

static void
Fill(const char *table, void *arg)
{
	Filling    *filling = arg;
	char	   *columns = FilledColumns(filling);

	SqlExec(psprintf("INSERT INTO %s (%s) SELECT %s FROM %s", table, columns, columns,
					 filling->foreign), filling->owner);
	filling->rows = Compare(columns, table, filling->foreign, filling->name, filling->owner);
}

/* The chain does not pack it once more. */
static void
SaveUnpacked(Oid relation, const char *name)
{
	LedgerRow	by_name = {.name = pstrdup(name)};
	LedgerRow  *row = LedgerAgain(relation, &by_name);

	row->actions = lappend(row->actions, "pack");
	LedgerSave(relation, row);
}

Compression *
UnpackPart(const Policy *policy, LedgerRow *row)
{
	Oid			owner = RelationOwner(policy->relation);
	Oid			foreign = row->part.relid;
	PartitionBounds bounds = {row->part.lower, row->part.upper};
	Filling		filling = {.foreign_oid = foreign, .name = row->name, .relation = policy->relation,
		.owner = owner};
	Compression *c = CompressionOf(row->compression);
	char	   *name = row->name;
	Oid			part;

	/* columns are found by their names */
	AllViewRefresh(policy->relation);
	c->bytes_before = c->bytes_after;
	SqlExec(psprintf("ALTER FOREIGN TABLE %s RENAME TO %s", QuotedRelation(foreign),
					 quote_identifier(FreeName(name, "_rows", get_rel_namespace(foreign)))), owner);
	filling.foreign = QuotedRelation(foreign);
	row->state = "dropped";
	row->part.relid = InvalidOid;
	row->compression = NULL;
	LedgerSave(policy->relation, row);
	name = PartitionAddFilled(policy, &bounds, Fill, &filling);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("table \"%s\" has a partition in the range of packed partition \"%s\"",
						RelationLabel(policy->relation), row->name),
				 errhint("Detach that partition first, and insert its rows afterwards.")));
	SaveUnpacked(policy->relation, name);
	row->name = name;
	AllViewRefresh(policy->relation);
	PackedDrop(foreign, owner);
	part = get_relname_relid(name, get_rel_namespace(policy->relation));
	c->rows = filling.rows;
	c->bytes_after = PartBytes(part);
	return c;
}
