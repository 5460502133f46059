/*
 * change_log.c
 *	  Read and write the definitions of change logs.
 */
#include "base/compat.h"
#include "catalog/change_log.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"

static Oid
OidOf(Sql *q, int column)
{
	return DatumGetObjectId(SqlDatum(q, 0, column, NULL));
}

ChangeLog *
ChangeLogOf(Oid relation)
{
	ChangeLog  *log = NULL;
	Sql			q;

	SqlBeginKept(&q, "select relation, log, commits, numbers, changes, as_of, key, tombstones, "
				 "started_at from elt_catalog.change_log where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	if (SqlRun(&q, AsCatalog()) == 1)
	{
		log = palloc0(sizeof(ChangeLog));
		log->relation = OidOf(&q, 1);
		log->log = OidOf(&q, 2);
		log->commits = OidOf(&q, 3);
		log->numbers = OidOf(&q, 4);
		log->changes = OidOf(&q, 5);
		log->as_of = SqlText(&q, 0, 6);
		log->key = SqlTextArray(&q, 0, 7);
		log->has_tombstones = SqlBool(&q, 0, 8);
		log->started_at = SqlTime(&q, 0, 9, NULL);
	}
	SqlDone(&q);
	return log;
}

ChangeLog *
ChangeLogRequired(Oid relation)
{
	ChangeLog  *log = ChangeLogOf(relation);

	if (log == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table \"%s\" has no change log", RelationLabel(relation)),
				 errhint("Set option \"change_log\" of its pipeline.")));
	return log;
}

bool
IsChangeLog(Oid log)
{
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.change_log where log = $1");
	SqlAddOid(&q, REGCLASSOID, log);
	return SqlDo(&q, AsCatalog()) > 0;
}

List *
ChangeLogTargets(void)
{
	Sql			q;

	SqlBeginKept(&q, "select l.relation::oid from elt_catalog.change_log l "
				 "join pg_class c on c.oid = l.relation order by 1");
	return SqlDoOids(&q, AsCatalog());
}

static void
AddLog(Sql *q, const ChangeLog *log)
{
	SqlAddOid(q, REGCLASSOID, log->relation);
	SqlAddOid(q, REGCLASSOID, log->changes);
	SqlAddText(q, log->as_of);
}

void
ChangeLogInsert(const ChangeLog *log)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.change_log (relation, changes, as_of, log, commits, numbers, "
			 "key, tombstones, started_at) values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())");
	AddLog(&q, log);
	SqlAddOid(&q, REGCLASSOID, log->log);
	SqlAddOid(&q, REGCLASSOID, log->commits);
	SqlAddOid(&q, REGCLASSOID, log->numbers);
	SqlAddTextArray(&q, log->key);
	SqlAddBool(&q, log->has_tombstones);
	SqlDo(&q, AsCatalog());
}

void
ChangeLogStore(const ChangeLog *log)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.change_log set changes = $2, as_of = $3 where relation = $1");
	AddLog(&q, log);
	SqlDo(&q, AsCatalog());
}

void
ChangeLogDelete(Oid relation)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.change_log where relation = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlDo(&q, AsCatalog());
}

void
ChangeLogForgetDropped(void)
{
	SqlExec("delete from elt_catalog.consumer where relation not in (select oid from pg_class)",
			AsCatalog());
	SqlExec("delete from elt_catalog.change_log where relation not in (select oid from pg_class)",
			AsCatalog());
}

Interval *
ChangeLogWanted(Oid relation)
{
	Interval   *longest = NULL;
	Sql			q;

	SqlBegin(&q, "select max(change_log) from elt_catalog.pipeline where target = $1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlRun(&q, AsCatalog());
	longest = SqlInterval(&q, 0, 1);
	SqlDone(&q);
	return longest;
}
