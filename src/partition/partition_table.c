/*
 * partition_table.c
 *	  elt.partition_table: turn a plain table into a partitioned one.
 *
 * The table becomes the oldest partition as it is: no row moves. A constraint that says where its rows
 * end is added and validated first, which blocks neither readers nor writers, so that the exchange of
 * the names needs no scan. What refers to the table by its identity would refer to that partition from
 * then on: it is listed, and refuses the call.
 */
#include "base/compat.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/errors.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "partition/busy.h"
#include "partition/carry.h"
#include "partition/grid.h"
#include "partition/ledger.h"
#include "partition/maintain.h"
#include "partition/part_name.h"
#include "partition/policy_set.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define LOCK_TIMEOUT_MS 2000
#define PARTITIONS_AT_A_TIME 50
#define CONSTRAINT "elt_partition_bound"

PG_FUNCTION_INFO_V1(elt_partition_table);

typedef struct Conversion
{
	Oid			relation;		/* the plain table, a partition at the end */
	Oid			owner;
	Oid			schema;
	char	   *table;			/* its name at the beginning */
	Policy		policy;			/* of what it becomes; its relation only at the end */
	PolicyChange change;
	PartitionBounds span;		/* up to where the oldest partition goes */
	bool		more;			/* partitions to be made */
} Conversion;

/* Objects that would not follow, and what a partitioned table cannot have. */
static const char blockers[] =
"select b from ("
"select pg_describe_object('pg_class'::regclass, r.ev_class, 0) as b from pg_depend d "
"join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid "
"where d.refclassid = 'pg_class'::regclass and d.refobjid = $1 and r.ev_class <> $1 "
"union select pg_describe_object('pg_rewrite'::regclass, oid, 0) from pg_rewrite where ev_class = $1 "
"union select pg_describe_object('pg_constraint'::regclass, oid, 0) from pg_constraint "
"where confrelid = $1 or conrelid = $1 and (contype = 'x' or contype in ('p', 'u') "
"and not (select attnum from pg_attribute where attrelid = $1 and attname = $2) = any (conkey)) "
"union select pg_describe_object('pg_class'::regclass, indexrelid, 0) from pg_index "
"where indrelid = $1 and indisunique and not (select attnum from pg_attribute "
"where attrelid = $1 and attname = $2) = any (indkey::int2[]) "
"union select pg_describe_object('pg_trigger'::regclass, oid, 0) from pg_trigger "
"where tgrelid = $1 and not tgisinternal "
"union select pg_describe_object('pg_policy'::regclass, oid, 0) from pg_policy where polrelid = $1 "
"union select 'row-level security' from pg_class "
"where oid = $1 and (relrowsecurity or relforcerowsecurity) "
"union select format('publication %s', p.pubname) from pg_publication_rel r "
"join pg_publication p on p.oid = r.prpubid where r.prrelid = $1 "
"and (r.prqual is not null or r.prattrs is not null or not pg_has_role($3, p.pubowner, 'usage')) "
"union select pg_describe_object('pg_class'::regclass, inhrelid, 0) from pg_inherits where inhparent = $1 "
"union select pg_describe_object('pg_class'::regclass, inhparent, 0) from pg_inherits where inhrelid = $1 "
"union select format('pipeline %s', name) from elt_catalog.pipeline where $1 in (source, target) "
") s order by b";

static void
CheckNothingBlocks(const Conversion *c)
{
	Sql			q;
	List	   *found;
	StringInfoData list;
	ListCell   *lc;

	SqlBegin(&q, blockers);
	SqlAddOid(&q, OIDOID, c->relation);
	SqlAddName(&q, c->change.column);
	SqlAddOid(&q, OIDOID, c->owner);
	found = SqlDoTexts(&q, AsCatalog());
	if (found == NIL)
		return;
	initStringInfo(&list);
	foreach(lc, found)
		AppendItem(&list, ", ", "%s", (char *) lfirst(lc));
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("table \"%s\" cannot become a partition because other objects need it as it is",
					RelationLabel(c->relation)),
			 errdetail("%s.", list.data),
			 errhint("Drop these objects and create them again afterwards, so that they refer to the "
					 "partitioned table. Unique indexes must contain the partition column.")));
}

static void
CheckIsPlain(const Conversion *c)
{
	Oid			type;
	AttrNumber	attnum = get_attnum(c->relation, c->change.column);
	char		kind = get_rel_relkind(c->relation);

	if (kind != RELKIND_RELATION || get_rel_persistence(c->relation) == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not an ordinary table", RelationLabel(c->relation)),
				 kind != RELKIND_PARTITIONED_TABLE ? 0 :
				 errhint("Use elt.set_policy for a table that is partitioned already.")));
	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist in table \"%s\"", c->change.column,
						RelationLabel(c->relation))));
	type = get_atttype(c->relation, attnum);
	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("partition column must have type timestamptz, timestamp or date, not %s",
						format_type_be(type))));
	GridCheckZone(c->change.time_zone);
	GridCheckInterval(c->change.interval, c->change.time_zone, type);
}

/* One interval is left for those who write until the exchange. */
static void
ChooseBound(Conversion *c)
{
	Sql			q;
	bool		isnull;
	TimestampTz latest;
	const char *column = quote_identifier(c->change.column);
	char	   *at = c->policy.column_type == TIMESTAMPTZOID ? pstrdup(column) :
		psprintf("(%s::timestamp AT TIME ZONE %s)", column, quote_literal_cstr(c->change.time_zone));

	SqlBegin(&q, psprintf("SELECT max(%s) FROM %s WHERE isfinite(%s)", at,
						  QuotedRelation(c->relation), column));
	SqlRun(&q, c->owner);
	latest = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	if (isnull || latest < GetCurrentTimestamp())
		latest = GetCurrentTimestamp();
	c->span = GridSpan(&c->policy, GridSpan(&c->policy, latest).upper);
}

static void
DropBound(const Conversion *c)
{
	Sql			q;

	SqlBegin(&q, "select from pg_constraint where conrelid = $1 and conname = '" CONSTRAINT "'");
	SqlAddOid(&q, OIDOID, c->relation);
	if (SqlDo(&q, AsCatalog()) > 0)
		SqlExec(psprintf("ALTER TABLE %s DROP CONSTRAINT " CONSTRAINT, QuotedRelation(c->relation)),
				c->owner);
}

/* One that an interrupted call has left is replaced. */
static void
AddBound(void *arg)
{
	Conversion *c = arg;
	const char *column = quote_identifier(c->change.column);

	DropBound(c);
	SqlExec(psprintf("ALTER TABLE %s ADD CONSTRAINT " CONSTRAINT
					 " CHECK (%s IS NOT NULL AND %s < %s) NOT VALID", QuotedRelation(c->relation),
					 column, column, BoundLiteral(&c->policy, c->span.upper)),
			c->owner);
}

static void
Prepare(void *arg)
{
	Conversion *c = arg;

	CheckMayMaintain(c->relation);
	CheckIsPlain(c);
	CheckNothingBlocks(c);
	ChooseBound(c);
	WithLockTimeout(LOCK_TIMEOUT_MS, AddBound, c);
}

static void
Validate(void *arg)
{
	Conversion *c = arg;

	CheckMayMaintain(c->relation);
	SqlExec(psprintf("ALTER TABLE %s VALIDATE CONSTRAINT " CONSTRAINT, QuotedRelation(c->relation)),
			c->owner);
}

static void
RemoveBound(void *arg)
{
	Conversion *c = arg;

	CheckMayMaintain(c->relation);
	DropBound(c);
}

/* Statements that query returns for the table $1, the new table $2 and its name $3. */
static void
ExecAll(const Conversion *c, Oid new, const char *query)
{
	Sql			q;

	SqlBegin(&q, query);
	SqlAddOid(&q, OIDOID, c->relation);
	SqlAddOid(&q, OIDOID, new);
	SqlAddText(&q, QuotedRelation(new));
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), c->owner);
}

/* Sequences go on where they are, and belong to the new table. */
static void
MoveSequences(const Conversion *c, Oid new)
{
	ExecAll(c, new, "select format('ALTER SEQUENCE %s OWNED BY %s.%I', s.oid::regclass, $3, a.attname) "
			"from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S' "
			"join pg_attribute a on a.attrelid = $1 and a.attnum = d.refobjsubid "
			"where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass "
			"and d.refobjid = $1 and d.deptype = 'a' and $2 <> 0");
	ExecAll(c, new, "select format('SELECT setval(%L, nextval(%L))', "
			"pg_get_serial_sequence($3, a.attname), "
			"pg_get_serial_sequence($1::regclass::text, a.attname)) "
			"from pg_attribute a where a.attrelid = $1 and a.attidentity <> '' and $2 <> 0");
	ExecAll(c, new, "select format('ALTER TABLE %s ALTER %I DROP IDENTITY', $1::regclass, attname) "
			"from pg_attribute where attrelid = $1 and attidentity <> '' and $2 <> 0 and $3 <> ''");
}

/* An index of the new table takes the name that people know, as in ON CONFLICT ON CONSTRAINT. */
static void
SwapIndexNames(const Conversion *c, Oid new)
{
	Sql			q;

	SqlBegin(&q, "select h.inhrelid::regclass::text, h.inhparent::regclass::text, k.relname "
			 "from pg_index i join pg_inherits h on h.inhrelid = i.indexrelid "
			 "join pg_class k on k.oid = i.indexrelid where i.indrelid = $1 order by k.relname");
	SqlAddOid(&q, OIDOID, c->relation);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		const char *name = SqlText(&q, i, 3);

		SqlExec(psprintf("ALTER INDEX %s RENAME TO %s", SqlText(&q, i, 1),
						 quote_identifier(FreeName(name, "_oldest", c->schema))), c->owner);
		SqlExec(psprintf("ALTER INDEX %s RENAME TO %s", SqlText(&q, i, 2), quote_identifier(name)),
				c->owner);
	}
	SqlDone(&q);
}

static void
MoveReferences(const Conversion *c, Oid new)
{
	ExecAll(c, new, "select format('ALTER TABLE %s ADD CONSTRAINT %I %s', $3, conname, "
			"pg_get_constraintdef(oid)) from pg_constraint "
			"where conrelid = $1 and contype = 'f' and $2 <> 0 order by conname");
	ExecAll(c, new, "select format('ALTER PUBLICATION %I ADD TABLE %s', p.pubname, $3) "
			"from pg_publication_rel r join pg_publication p on p.oid = r.prpubid "
			"where r.prrelid = $1 and $2 <> 0 order by p.pubname");
}

/* What was declared for the table holds for what has its name. */
static void
TakeOver(const Conversion *c, Oid new)
{
	static const char *const statements[] = {
		"update elt_catalog.policy set relation = $2 where relation = $1",
		"update elt_catalog.hold set relation = $2 where relation = $1"
	};
	Sql			q;

	SqlBegin(&q, NULL);
	SqlAddOid(&q, REGCLASSOID, c->relation);
	SqlAddOid(&q, REGCLASSOID, new);
	SqlDoEach(&q, statements, lengthof(statements), AsCatalog());
}

/* What was checked before may have changed until the lock. */
static void
Exchange(void *arg)
{
	Conversion *c = arg;
	char	   *oldest = FreeName(c->table, "_oldest", c->schema);
	char	   *name = quote_qualified_identifier(get_namespace_name(c->schema), c->table);
	Part		part = {c->relation, DT_NOBEGIN, c->span.upper};
	Oid			new;

	LockRelationOid(c->relation, AccessExclusiveLock);
	CheckMayMaintain(c->relation);
	CheckNothingBlocks(c);
	SqlExec(psprintf("ALTER TABLE %s RENAME TO %s", name, quote_identifier(oldest)), c->owner);
	SqlExec(psprintf("CREATE TABLE %s (LIKE %s INCLUDING ALL) PARTITION BY RANGE (%s)", name,
					 QuotedRelation(c->relation), quote_identifier(c->change.column)), c->owner);
	new = get_relname_relid(c->table, c->schema);
	SqlExec(psprintf("ALTER TABLE %s DROP CONSTRAINT " CONSTRAINT, name), c->owner);
	MoveSequences(c, new);
	SqlExec(psprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (MINVALUE) TO (%s)", name,
					 QuotedRelation(c->relation), BoundLiteral(&c->policy, c->span.upper)), c->owner);
	DropBound(c);
	SwapIndexNames(c, new);
	MoveReferences(c, new);
	CarryProperties(c->relation, new, InvalidOid, c->owner);
	TakeOver(c, new);
	c->change.relation = new;
	PolicySet(&c->change);
	LedgerWrite(new, oldest, &part, "attached");
}

static void
ExchangeInTime(void *arg)
{
	WithLockTimeout(LOCK_TIMEOUT_MS, Exchange, arg);
}

static void
MakeAhead(void *arg)
{
	Conversion *c = arg;

	c->more = MaintainSome(c->change.relation, PARTITIONS_AT_A_TIME, PartitionsRotate) > 0;
}

/* What PostgreSQL says of the constraint does not tell what is wrong with the rows. */
static void
ExplainViolation(const Conversion *c, ErrorData *error)
{
	if (error->sqlerrcode != ERRCODE_CHECK_VIOLATION)
		return;
	error->message = psprintf("table \"%s\" has rows that no partition can have", c->table);
	error->hint = psprintf("Delete or correct them first: SELECT * FROM %s WHERE %s IS NULL OR "
						   "%s = 'infinity';", QuotedRelation(c->relation),
						   quote_identifier(c->change.column), quote_identifier(c->change.column));
}

static void
RemoveBoundInTime(void *arg)
{
	UnderLockTimeout(LOCK_TIMEOUT_MS, RemoveBound, arg);
}

/* A failure takes back the constraint, also when it is a cancellation, after which nothing has changed. */
static void
GiveUp(Conversion *c, bool prepared, ErrorData *error)
{
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		error->hint = "Transactions use the table. Find them with SELECT pid, query, xact_start FROM "
			"pg_stat_activity ORDER BY xact_start, and call the procedure again when they have ended.";
	if (prepared && Attempt(RemoveBoundInTime, c) != NULL)
		error->detail = "Constraint \"" CONSTRAINT "\" is left on the table: drop it, or call the "
			"procedure again.";
	CommitPhase();
	ReThrowError(error);
}

/* Each in a transaction. */
static void
Convert(Conversion *c)
{
	static void (*const steps[]) (void *) = {Prepare, Validate, ExchangeInTime};

	for (int i = 0; i < lengthof(steps); i++)
	{
		ErrorData  *error = Attempt(steps[i], c);

		if (error != NULL)
		{
			if (steps[i] == Validate)
				ExplainViolation(c, error);
			GiveUp(c, i > 0, error);
		}
		CommitPhase();
	}
	do
	{
		ErrorData  *error = AttemptAndCommit(MakeAhead, c);

		if (error != NULL)
			ReThrowError(error);
	} while (c->more);
}

Datum
elt_partition_table(PG_FUNCTION_ARGS)
{
	Conversion	c = {0};

	CheckCanCommit(fcinfo, "elt.partition_table");
	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "partition_column");
	RequireArg(fcinfo, 2, "partition_interval");
	RequireArg(fcinfo, 3, "partition_time_zone");
	RequireArg(fcinfo, 4, "partition_premake");
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	c.relation = PG_GETARG_OID(0);
	c.owner = RelationOwner(c.relation);
	c.schema = get_rel_namespace(c.relation);
	c.table = get_rel_name(c.relation);
	c.change.column = NameStr(*PG_GETARG_NAME(1));
	c.change.interval = PG_GETARG_INTERVAL_P(2);
	c.change.time_zone = text_to_cstring(PG_GETARG_TEXT_PP(3));
	c.change.premake = PG_GETARG_INT32(4);
	c.policy.column = (char *) c.change.column;
	c.policy.interval = (Interval *) c.change.interval;
	c.policy.time_zone = (char *) c.change.time_zone;
	c.policy.column_type = get_atttype(c.relation, get_attnum(c.relation, c.change.column));
	Convert(&c);
	SPI_finish();
	PG_RETURN_VOID();
}
