/*
 * maintenance_error.c
 *	  Errors of the maintenance job: elt.maintenance_errors.
 */
#include "base/compat.h"
#include "catalog/maintenance_error.h"

#include "base/errors.h"
#include "base/sql.h"
#include "catalog/pg_type.h"

static void
AddStep(Sql *q, Oid relation, const char *step)
{
	SqlAdd(q, REGCLASSOID, ObjectIdGetDatum(relation), !OidIsValid(relation));
	SqlAddText(q, step);
}

bool
MaintenanceErrorWrite(Oid relation, const char *step, const ErrorData *error)
{
	Sql			q;
	bool		is_new;

	SqlBegin(&q, "insert into elt_catalog.maintenance_error as e "
			 "(relation, step, sqlstate, message, hint) values ($1, $2, $3, $4, $5) "
			 "on conflict (relation, step) do update set last_at = clock_timestamp(), "
			 "times = e.times + 1, sqlstate = excluded.sqlstate, message = excluded.message, "
			 "hint = excluded.hint returning times = 1");
	AddStep(&q, relation, step);
	SqlAddText(&q, SqlStateText(error->sqlerrcode));
	SqlAddText(&q, error->detail ? psprintf("%s: %s", error->message, error->detail)
			   : error->message);
	SqlAddText(&q, error->hint);
	SqlRun(&q, AsCatalog());
	is_new = SqlBool(&q, 0, 1);
	SqlDone(&q);
	return is_new;
}

void
MaintenanceErrorClear(Oid relation, const char *step)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.maintenance_error "
			 "where relation is not distinct from $1 and step = $2");
	AddStep(&q, relation, step);
	SqlDo(&q, AsCatalog());
}

void
MaintenanceErrorsForget(void)
{
	SqlExec("delete from elt_catalog.maintenance_error e where relation is not null "
			"and not exists (select from elt_catalog.policy p where p.relation = e.relation) "
			"and not exists (select from elt_catalog.pipeline p where p.target = e.relation "
			"and p.tombstone_retention is not null)", AsCatalog());
}
