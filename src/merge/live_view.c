/*
 * live_view.c
 *	  Let the view <target>_live follow the columns of its target.
 *
 * PostgreSQL does not change the type of a column that a view shows. So the view is dropped before a
 * statement that does, and made again after it, in the same transaction: if the statement fails,
 * nothing has happened.
 */
#include "base/compat.h"
#include "merge/live_view.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(elt_follow_live_view);

/*
 * The view v and its definition d, unless somebody has made another one of it or hung something on it.
 * $1 is the target.
 */
#define LIVE_VIEW \
	" from pg_class t join pg_namespace n on n.oid = t.relnamespace" \
	" join pg_class v on v.relname = format('%s_live', t.relname) and v.relnamespace = n.oid" \
	" and v.relkind = 'v' and v.relowner = t.relowner and v.reloptions is null," \
	" pg_get_viewdef(v.oid) d where t.oid = $1 and" \
	" d ~ E'^[^(]*\\n   FROM [^\\n,]+\\n  WHERE [^\\n]*_deleted IS NOT TRUE\\\\)?;$'" \
	" and not exists (select from pg_attribute where attrelid = v.oid and attacl is not null)" \
	" and not exists (select from pg_attrdef where adrelid = v.oid)" \
	" and not exists (select from pg_trigger where tgrelid = v.oid)" \
	" and not exists (select from pg_rewrite where ev_class = v.oid and rulename <> '_RETURN')" \
	" and not exists (select from pg_description where classoid = 'pg_class'::regclass" \
	" and objoid = v.oid and objsubid > 0)"

static List *
OfLiveView(Oid target, const char *query)
{
	Sql			q;

	SqlBegin(&q, query);
	SqlAddOid(&q, OIDOID, target);
	return SqlDoTexts(&q, AsCatalog());
}

void
LiveViewAddColumn(Oid target, const char *column)
{
	Sql			q;

	SqlBegin(&q, "select format('CREATE OR REPLACE VIEW %I.%I AS %s', n.nspname, v.relname,"
			 " replace(d, E'\\n   FROM ', format(E',\\n    %I\\n   FROM ', $2)))" LIVE_VIEW);
	SqlAddOid(&q, OIDOID, target);
	SqlAddText(&q, column);
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), RelationOwner(target));
}

List *
LiveViewDrop(Oid target)
{
	List	   *again = OfLiveView(target, "select format('CREATE VIEW %I.%I AS %s', n.nspname, v.relname,"
								   " d)" LIVE_VIEW);

	again = list_concat(again, OfLiveView(target, "select format('GRANT %s ON %I.%I TO %s%s',"
										  " g.privilege_type, nspname, relname, case g.grantee when 0"
										  " then 'PUBLIC' else g.grantee::regrole::text end,"
										  " case when g.is_grantable then ' WITH GRANT OPTION' end)"
										  " from (select n.nspname, v.relname, v.relacl, v.relowner"
										  LIVE_VIEW ") l, aclexplode(relacl) g where g.grantee <> relowner"
										  " order by 1"));
	again = list_concat(again, OfLiveView(target, "select format('COMMENT ON VIEW %I.%I IS %L', n.nspname,"
										  " v.relname, obj_description(v.oid, 'pg_class'))" LIVE_VIEW
										  " and obj_description(v.oid, 'pg_class') is not null"));
	SqlExecAll(OfLiveView(target, "select format('DROP VIEW %I.%I', n.nspname, v.relname)" LIVE_VIEW),
			   RelationOwner(target));
	return again;
}

/* ---- the event triggers ---- */

/* A view that a statement under way has had dropped. */
typedef struct Dropped
{
	const Node *statement;
	Oid			target;
	List	   *again;
} Dropped;

static List *dropped = NIL;		/* Dropped *, in TopTransactionContext */

static void
ForgetDropped(XactEvent event, void *arg)
{
	dropped = NIL;
}

static bool
RetypesColumn(const Node *statement)
{
	ListCell   *lc;

	if (!IsA(statement, AlterTableStmt))
		return false;
	foreach(lc, ((const AlterTableStmt *) statement)->cmds)
		if (lfirst_node(AlterTableCmd, lc)->subtype == AT_AlterColumnType)
			return true;
	return false;
}

static bool
HasTombstones(Oid relation)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.pipeline where target = $1 and delete_when is not null limit 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	return SqlDo(&q, AsCatalog()) > 0;
}

/* What PostgreSQL refuses to whoever runs the statement is left to it. */
static bool
MayRemake(Oid target)
{
	Oid			owner = RelationOwner(target);

	return has_privs_of_role(GetUserId(), owner) &&
		NamespaceAclCheck(get_rel_namespace(target), owner, ACL_CREATE) == ACLCHECK_OK;
}

static void
TryDrop(void *arg)
{
	Dropped    *view = arg;

	view->again = LiveViewDrop(view->target);
}

static void
Remember(const Dropped *view)
{
	static bool callback_set = false;
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);
	Dropped    *kept = palloc(sizeof(Dropped));
	ListCell   *lc;

	*kept = *view;
	kept->again = NIL;
	foreach(lc, view->again)
		kept->again = lappend(kept->again, pstrdup(lfirst(lc)));
	dropped = lcons(kept, dropped);
	MemoryContextSwitchTo(caller);
	if (!callback_set)
		RegisterXactCallback(ForgetDropped, NULL);
	callback_set = true;
}

/* One of the same address is of a statement that has failed. */
static Dropped *
Forget(const Node *statement)
{
	ListCell   *lc;

	foreach(lc, dropped)
	{
		Dropped    *view = lfirst(lc);

		if (view->statement != statement)
			continue;
		dropped = foreach_delete_current(dropped, lc);
		return view;
	}
	return NULL;
}

/* If it cannot be dropped, as others have put views upon it, PostgreSQL says what depends on the column. */
static void
BeforeStatement(const Node *statement)
{
	Dropped		view = {statement};

	(void) Forget(statement);
	if (!RetypesColumn(statement))
		return;
	view.target = RangeVarGetRelid(((const AlterTableStmt *) statement)->relation, NoLock, true);
	if (!OidIsValid(view.target) || !HasTombstones(view.target) || !MayRemake(view.target))
		return;
	if (Attempt(TryDrop, &view) == NULL && view.again != NIL)
		Remember(&view);
}

static void
AfterStatement(const Node *statement)
{
	Dropped    *view = Forget(statement);

	if (view != NULL)
		SqlExecAll(view->again, RelationOwner(view->target));
}

Datum
elt_follow_live_view(PG_FUNCTION_ARGS)
{
	EventTriggerData *data = (EventTriggerData *) fcinfo->context;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("elt.follow_live_view must be called by the event triggers of pg_elt")));
	SPI_connect();
	if (strcmp(data->event, "ddl_command_start") == 0)
		BeforeStatement(data->parsetree);
	else
		AfterStatement(data->parsetree);
	SPI_finish();
	PG_RETURN_NULL();
}
