/*
 * all_view.c
 *	  The view <table>_all: the rows of a table, and those that have left it but are kept.
 *
 * The view has the rights of whoever reads it, so that what is revoked on the table is revoked at once.
 * It refers to columns of the table by number, and tells therefore which of them has been renamed. So do
 * its query and archives, which keep the numbers, until a dump gives other ones.
 */
#include "base/compat.h"
#include "partition/all_view.h"

#include "access/relation.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "partition/all_part.h"
#include "partition/archive_table.h"
#include "partition/busy.h"
#include "partition/ledger.h"
#include "partition/packed_table.h"
#include "partition/part_name.h"
#include "partition/readers.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* ---- parts ---- */

static List *
ActionsOf(const Policy *policy)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, policy->chain)
		names = lappend(names, unconstify(char *, ((ChainStep *) lfirst(lc))->action->name));
	return names;
}

/* Tables that are on their way from the table to where their rows are kept. */
static List *
LeavingParts(const Policy *policy)
{
	List	   *parts = NIL;
	ListCell   *lc;

	foreach(lc, LedgerLeaving(policy->relation, ActionsOf(policy)))
	{
		const LedgerRow *row = lfirst(lc);
		AllPart    *part = palloc0(sizeof(AllPart));

		part->relid = row->part.relid;
		part->hidden = row->part;
		part->hides = row->attached;
		parts = lappend(parts, part);
	}
	return parts;
}

typedef List *(*PartsOfKind) (const Policy *policy);

static const PartsOfKind kinds[] = {
	LeavingParts,
	ArchiveTableParts,
	PackedParts,
};

static List *
PartsOfView(const Policy *policy)
{
	List	   *parts = NIL;

	for (int i = 0; i < lengthof(kinds); i++)
		parts = list_concat(parts, kinds[i] (policy));
	return parts;
}

bool
AllViewIsWanted(const Policy *policy)
{
	ListCell   *lc;

	foreach(lc, policy->chain)
		if (((ChainStep *) lfirst(lc))->action->in_all_view)
			return true;
	return OidIsValid(policy->all_view) || LedgerArchived(policy->relation) != NIL ||
		LedgerPacked(policy->relation) != NIL;
}

/* ---- query ---- */

#define COLLATION \
	"(select format(' COLLATE %I.%I', n.nspname, c.collname) from pg_collation c " \
	"join pg_namespace n on n.oid = c.collnamespace join pg_type y on y.oid = t.atttypid " \
	"where c.oid = t.attcollation and c.oid <> y.typcollation)"
#define TYPE "format_type(t.atttypid, t.atttypmod)"

/*
 * The numbers of the columns, as a comment of the query: they are known, too, when somebody has dropped
 * the view. See NotedColumns.
 */
static char *
Numbers(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select jsonb_build_object('of', $1::oid::int8, 'columns', "
				 "jsonb_object_agg(attnum, attname)) from pg_attribute "
				 "where attrelid = $1 and attnum > 0 and not attisdropped");
	SqlAddOid(&q, OIDOID, policy->relation);
	return SqlDoText(&q, AsCatalog());
}

/* The columns of the table, as a part has them. */
static char *
Branch(Oid relation, Oid part)
{
	Sql			q;

	SqlBeginKept(&q, "select string_agg(case when p.attname is null then "
				 "format('NULL::%s%s AS %I', " TYPE ", " COLLATION ", t.attname) "
				 "when p.atttypid = t.atttypid and p.atttypmod = t.atttypmod "
				 "and p.attcollation = t.attcollation then quote_ident(t.attname) "
				 "else format('%1$I::%2$s%3$s AS %1$I', t.attname, " TYPE ", " COLLATION ") end, ', ' "
				 "order by t.attnum) from pg_attribute t left join pg_attribute p "
				 "on p.attrelid = $2 and p.attname = t.attname and p.attnum > 0 and not p.attisdropped "
				 "where t.attrelid = $1 and t.attnum > 0 and not t.attisdropped");
	SqlAddOid(&q, OIDOID, relation);
	SqlAddOid(&q, OIDOID, part);
	return psprintf("SELECT %s FROM %s", SqlDoText(&q, AsCatalog()), QuotedRelation(part));
}

static void
AddRest(StringInfo query, const Policy *policy, const Part *hidden)
{
	const char *column = quote_identifier(policy->column);
	bool		has_lower = !TIMESTAMP_IS_NOBEGIN(hidden->lower);
	bool		has_upper = !TIMESTAMP_IS_NOEND(hidden->upper);

	if (has_lower)
		appendStringInfo(query, "%s < %s", column, BoundLiteral(policy, hidden->lower));
	if (has_upper)
		appendStringInfo(query, "%s%s >= %s", has_lower ? " OR " : "", column,
						 BoundLiteral(policy, hidden->upper));
	if (!has_lower && !has_upper)
		appendStringInfoString(query, "false");
}

/* The default partition may have rows without a time. */
static char *
TableBranch(const Policy *policy, List *parts)
{
	StringInfoData query;
	const char *separator = " WHERE (";
	ListCell   *lc;

	initStringInfo(&query);
	appendStringInfoString(&query, Branch(policy->relation, policy->relation));
	foreach(lc, parts)
	{
		const AllPart *part = lfirst(lc);

		if (!part->hides)
			continue;
		appendStringInfoString(&query, separator);
		AddRest(&query, policy, &part->hidden);
		appendStringInfo(&query, " OR %s IS NULL)", quote_identifier(policy->column));
		separator = " AND (";
	}
	return query.data;
}

static char *
QueryOf(const Policy *policy)
{
	List	   *parts = PartsOfView(policy);
	StringInfoData query;
	ListCell   *lc;

	initStringInfo(&query);
	appendStringInfoString(&query, TableBranch(policy, parts));
	foreach(lc, parts)
		appendStringInfo(&query, " UNION ALL %s",
						 Branch(policy->relation, ((AllPart *) lfirst(lc))->relid));
	appendStringInfo(&query, "\n-- %s", Numbers(policy));
	return query.data;
}

/* ---- columns that were renamed ---- */

/* The branch of the table comes first. */
static Query *
BranchOfTable(Query *query, Oid relation)
{
	ListCell   *lc;

	if (query->setOperations == NULL)
		return query;
	foreach(lc, query->rtable)
	{
		RangeTblEntry *entry = lfirst_node(RangeTblEntry, lc);

		if (entry->rtekind == RTE_SUBQUERY)
			return entry->subquery;
	}
	return NULL;
}

/* Tables that have left the table have not followed it. */
static void
RenameInLeaving(const Policy *policy, const char *from, const char *to)
{
	ListCell   *lc;

	foreach(lc, LeavingParts(policy))
	{
		const AllPart *part = lfirst(lc);

		if (!get_rel_relispartition(part->relid) && get_attnum(part->relid, from) > 0)
			SqlExec(psprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", QuotedRelation(part->relid),
							 quote_identifier(from), quote_identifier(to)), RelationOwner(part->relid));
	}
}

static void
RenameColumn(const Policy *policy, const char *from, const char *to, Oid owner)
{
	if (OidIsValid(policy->all_view))
		SqlExec(psprintf("ALTER VIEW %s RENAME COLUMN %s TO %s", QuotedRelation(policy->all_view),
						 quote_identifier(from), quote_identifier(to)), owner);
	ArchiveTableRename(policy, from, to);
	PackedRename(policy, from, to);
	RenameInLeaving(policy, from, to);
}

/* Pairs of names, from and to. */
static List *
RenamedInView(const Policy *policy)
{
	Relation	view = RelationOpen(policy->all_view, AccessShareLock);
	Query	   *branch = BranchOfTable(get_view_query(view), policy->relation);
	List	   *renamed = NIL;
	ListCell   *lc;

	foreach(lc, branch != NULL ? branch->targetList : NIL)
	{
		TargetEntry *target = lfirst_node(TargetEntry, lc);
		Var		   *var = (Var *) target->expr;
		int			i = foreach_current_index(lc);
		char	   *name;

		if (!IsA(var, Var) || i >= RelationGetDescr(view)->natts)
			continue;
		name = get_attname(policy->relation, var->varattno, true);
		if (name != NULL && strcmp(name, NameStr(TupleDescAttr(RelationGetDescr(view), i)->attname)) != 0)
			renamed = lappend(renamed,
							  list_make2(pstrdup(NameStr(TupleDescAttr(RelationGetDescr(view), i)->attname)),
										 name));
	}
	relation_close(view, NoLock);
	return renamed;
}

/* Names may have been exchanged: all become other ones first. */
static void
FollowRenames(const Policy *policy)
{
	Oid			owner = RelationOwner(policy->relation);
	List	   *renamed = NIL;
	ListCell   *lc;

	if (!ArchiveTableRenamed(policy, &renamed) && OidIsValid(policy->all_view))
		renamed = RenamedInView(policy);

	foreach(lc, renamed)
		RenameColumn(policy, linitial(lfirst(lc)),
					 psprintf("elt_renamed_%d", foreach_current_index(lc)), owner);
	foreach(lc, renamed)
		RenameColumn(policy, psprintf("elt_renamed_%d", foreach_current_index(lc)),
					 lsecond(lfirst(lc)), owner);
}

/* ---- view ---- */

static bool
IsUpToDate(const Policy *policy, const char *query)
{
	Sql			q;

	if (!OidIsValid(policy->all_view))
		return false;
	SqlBeginKept(&q, "select from elt_catalog.policy where relation = $1 and all_query = $2");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddText(&q, query);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* A view can be replaced by one that has more columns behind its own. */
static bool
CanBeReplaced(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select from pg_attribute v left join (select *, "
				 "row_number() over (order by attnum) as n from pg_attribute "
				 "where attrelid = $1 and attnum > 0 and not attisdropped) t on t.n = v.attnum "
				 "where v.attrelid = $2 and v.attnum > 0 and (v.attname, v.atttypid, v.atttypmod, "
				 "v.attcollation) is distinct from (t.attname, t.atttypid, t.atttypmod, t.attcollation)");
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlAddOid(&q, OIDOID, policy->all_view);
	return SqlDo(&q, AsCatalog()) == 0;
}

static void
DropView(Policy *policy)
{
	if (OidIsValid(policy->all_view))
		SqlExec(psprintf("DROP VIEW %s", QuotedRelation(policy->all_view)),
				RelationOwner(policy->relation));
	policy->all_view = InvalidOid;
}

static char *
NewName(const Policy *policy)
{
	Oid			schema = get_rel_namespace(policy->relation);
	char	   *name = ShortName(get_rel_name(policy->relation), "_all");

	if (OidIsValid(get_relname_relid(name, schema)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", name),
				 errdetail("The view of the rows of table \"%s\" and of its archive has this name.",
						   RelationLabel(policy->relation)),
				 errhint("Rename the other relation.")));
	return quote_qualified_identifier(get_namespace_name(schema), name);
}

static void
Remember(const Policy *policy, const char *query)
{
	Sql			q;

	SqlBeginKept(&q, "update elt_catalog.policy set all_view = $2, all_query = $3 where relation = $1");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddOid(&q, REGCLASSOID, policy->all_view);
	SqlAddText(&q, query);
	SqlDo(&q, AsCatalog());
}

static void
CreateView(Policy *policy, const char *query)
{
	bool		is_new = !OidIsValid(policy->all_view);
	char	   *name = is_new ? NewName(policy) : QuotedRelation(policy->all_view);

	SqlExec(psprintf("CREATE OR REPLACE VIEW %s WITH (security_invoker = true) AS %s", name, query),
			RelationOwner(policy->relation));
	if (is_new)
		policy->all_view = get_relname_relid(ShortName(get_rel_name(policy->relation), "_all"),
											 get_rel_namespace(policy->relation));
	Remember(policy, query);
}

/* The table may have another owner since; only who has the rights of both can do it. */
static void
GiveToOwner(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select format('ALTER TABLE %s OWNER TO %s', c.oid::regclass, t.relowner::regrole) "
				 "from pg_class t, pg_class c where t.oid = $1 and c.relowner <> t.relowner "
				 "and (c.oid in ($2, $3) or c.oid in (select l.archived_as from elt_catalog.partition l "
				 "where l.relation = $1) or c.oid in ("
				 "select unnest(array[l.part, to_regclass(o.option_value)]) "
				 "from elt_catalog.partition l join pg_foreign_table f on f.ftrelid = l.part "
				 "join pg_options_to_table(f.ftoptions) o on o.option_name = 'packed' "
				 "where l.relation = $1 and l.state = 'packed'))");
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlAddOid(&q, OIDOID, policy->all_view);
	SqlAddOid(&q, OIDOID, policy->archive_table);
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), AsCatalog());
}

/* Those who read the view read its parts, too. A dump does not have what goes with the table. */
static void
LetRead(const Policy *policy)
{
	ListCell   *lc;

	DropWith(policy->relation, policy->all_view);
	CarryReaders(policy->relation, list_make1_oid(policy->all_view), RelationOwner(policy->relation),
				 true);
	PackedLetRead(policy);
	foreach(lc, PartsOfView(policy))
	{
		const AllPart *part = lfirst(lc);
		bool		is_ours = get_rel_relkind(part->relid) != RELKIND_RELATION;

		if (is_ours)
			DropWith(policy->relation, part->relid);
		CarryReaders(policy->relation, list_make1_oid(part->relid), RelationOwner(part->relid), is_ours);
	}
}

/* What an attempt before has found out may have been rolled back. */
static void
Refresh(void *arg)
{
	Policy	   *policy = PolicyOf(*(Oid *) arg);
	char	   *query;

	PackedFollowSchema(policy);
	GiveToOwner(policy);
	FollowRenames(policy);
	if (OidIsValid(policy->all_view) && (ArchiveTableMustGo(policy) || !CanBeReplaced(policy)))
		DropView(policy);
	ArchiveTableFollow(policy);
	query = QueryOf(policy);
	if (!IsUpToDate(policy, query))
		CreateView(policy, query);
	LetRead(policy);
}

void
AllViewRefresh(Oid relation)
{
	Policy	   *policy = PolicyOf(relation);

	if (policy == NULL || policy->by_rows || !AllViewIsWanted(policy))
		return;
	WithLockTimeout(policy->lock_timeout_ms, Refresh, &relation);
}

void
AllViewDrop(const Policy *policy)
{
	Policy		now = *policy;

	GiveToOwner(policy);
	DropView(&now);
	ArchiveTableDrop(&now);
}
