/*
 * row_security.c
 *	  Check that row security of a target does not hide its rows from the pipeline's owner.
 *
 * A merge treats a key that it cannot see as new: that would end in a duplicate key, or in a second
 * current version where no index detects it. Whether a condition hides rows depends on the rows, so
 * those for SELECT must be true.
 */
#include "base/compat.h"
#include "merge/row_security.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rls.h"

/* Of the policies for SELECT: one that shows all rows, and none that restricts it. */
#define SHOWS_ALL \
	"select from (select p.polpermissive as permissive," \
	"  pg_get_expr(p.polqual, p.polrelid) = 'true' as whole" \
	" from pg_policy p where p.polrelid = $1 and p.polcmd in ('r', '*')" \
	" and exists (select from unnest(p.polroles) r" \
	"  where r = 0 or pg_has_role($2, r, 'usage'))) a" \
	" having bool_or(permissive and whole) and bool_and(permissive or whole)"

static bool
ShowsAll(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, SHOWS_ALL);
	SqlAddOid(&q, OIDOID, p->target);
	SqlAddOid(&q, OIDOID, p->owner);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
TargetCheckVisible(const Pipeline *p)
{
	const char *owner;

	if (check_enable_rls(p->target, p->owner, true) != RLS_ENABLED || ShowsAll(p))
		return;
	owner = GetUserNameFromId(p->owner, false);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("row security may hide rows of target \"%s\" from role \"%s\"",
					RelationLabel(p->target), owner),
			 errdetail("Pipeline \"%s\" would treat the hidden keys as new.", p->name),
			 errhint("Use CREATE POLICY ... ON %s FOR SELECT TO %s USING (true) to make all rows "
					 "visible.",
					 QuotedRelation(p->target), quote_identifier(owner))));
}
