/*
 * maintenance_run.c
 *	  Write elt_catalog.maintenance_run.
 */
#include "base/compat.h"
#include "catalog/maintenance_run.h"

#include "base/sql.h"

int64
MaintenanceRunBegin(void)
{
	Sql			q;

	SqlExec("delete from elt_catalog.maintenance_run where started_at < now() - interval '90 days'",
			AsCatalog());
	SqlBegin(&q, "insert into elt_catalog.maintenance_run default values returning id");
	return SqlDoInt8(&q, AsCatalog());
}

void
MaintenanceRunEnd(int64 id, int64 created, int64 removed, int64 rows, int64 errors)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.maintenance_run set finished_at = clock_timestamp(), "
			 "partitions_created = $2, partitions_removed = $3, rows_deleted = $4, errors = $5 "
			 "where id = $1");
	SqlAddInt8(&q, id);
	SqlAddInt8(&q, created);
	SqlAddInt8(&q, removed);
	SqlAddInt8(&q, rows);
	SqlAddInt8(&q, errors);
	SqlDo(&q, AsCatalog());
}
