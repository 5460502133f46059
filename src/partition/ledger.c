/*
 * ledger.c
 *	  Read and write elt_catalog.partition.
 */
#include "base/compat.h"
#include "partition/ledger.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define SELECT_ROWS \
	"select l.name, l.lower_bound, l.upper_bound, l.lower_value, l.upper_value, l.state, " \
	"l.created_at, l.actions, l.action, l.step, coalesce(c.oid, 0), h.inhparent is not null, " \
	"l.archive::jsonb->>'server', l.archive::jsonb->>'path', coalesce(l.archived_rows, -1), " \
	"l.archive::jsonb->>'names', coalesce((select oid from pg_class where oid = l.archived_as), 0), " \
	"l.compression, l.archive::jsonb->>'proof' " \
	"from elt_catalog.partition l left join pg_class c on c.oid = l.part " \
	"left join pg_inherits h on h.inhrelid = c.oid and h.inhparent = l.relation "

#define BOUNDS "lower_bound, upper_bound, lower_value, upper_value"
#define SET_BOUNDS \
	"lower_bound = excluded.lower_bound, upper_bound = excluded.upper_bound, " \
	"lower_value = excluded.lower_value, upper_value = excluded.upper_value, "

static LedgerRow *
ReadRow(Sql *q, uint64 i)
{
	LedgerRow  *row = palloc0(sizeof(LedgerRow));

	row->name = SqlText(q, i, 1);
	row->part.lower = SqlTime(q, i, 2, &row->part.is_number);
	row->part.upper = SqlTime(q, i, 3, &row->part.is_number);
	if (row->part.is_number)
	{
		row->part.lower = SqlInt8(q, i, 4, NULL);
		row->part.upper = SqlInt8(q, i, 5, NULL);
	}
	row->state = SqlText(q, i, 6);
	row->created_at = SqlTime(q, i, 7, NULL);
	row->actions = SqlTextArray(q, i, 8);
	row->action = SqlText(q, i, 9);
	row->step = SqlText(q, i, 10);
	row->part.relid = DatumGetObjectId(SqlDatum(q, i, 11, NULL));
	row->attached = SqlBool(q, i, 12);
	row->archive_server = SqlText(q, i, 13);
	row->archive_path = SqlText(q, i, 14);
	row->archived_rows = SqlInt8(q, i, 15, NULL);
	row->archive_names = SqlText(q, i, 16);
	row->archived_as = DatumGetObjectId(SqlDatum(q, i, 17, NULL));
	row->compression = SqlText(q, i, 18);
	row->archive_proof = SqlText(q, i, 19);
	return row;
}

static List *
ReadRows(Sql *q)
{
	List	   *rows = NIL;

	SqlRun(q, AsCatalog());
	for (uint64 i = 0; i < q->processed; i++)
		rows = lappend(rows, ReadRow(q, i));
	SqlDone(q);
	return rows;
}

static LedgerRow *
OnlyRow(Sql *q)
{
	LedgerRow  *row = SqlRun(q, AsCatalog()) > 0 ? ReadRow(q, 0) : NULL;

	SqlDone(q);
	return row;
}

/* Whoever attached it again wants it to be treated as a new one. */
static void
CorrectAttached(LedgerRow *row, const Part *part)
{
	row->part = *part;
	row->attached = true;
	if (strcmp(row->state, "attached") == 0 || strcmp(row->state, "detaching") == 0)
		return;
	row->state = "attached";
	row->actions = NIL;
	row->action = row->step = NULL;
}

LedgerRow *
LedgerOf(Oid relation, const Part *part)
{
	Sql			q;
	LedgerRow  *row;
	char	   *name = get_rel_name(part->relid);

	SqlBeginKept(&q, SELECT_ROWS
				 "where l.relation = $1 and (l.part = $2 or l.name = $3 and l.part is null "
				 "and l.archived_rows is null) limit 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddOid(&q, REGCLASSOID, part->relid);
	SqlAddText(&q, name);
	row = OnlyRow(&q);
	if (row == NULL)
	{
		row = palloc0(sizeof(LedgerRow));
		row->name = name;
		row->state = "attached";
		row->created_at = DT_NOBEGIN;
		row->archived_rows = -1;
	}
	CorrectAttached(row, part);
	return row;
}

List *
LedgerLeft(Oid relation)
{
	Sql			q;

	SqlBeginKept(&q, SELECT_ROWS
				 "where l.relation = $1 and l.state in ('detaching', 'detached', 'archived', 'packed') "
				 "and h.inhparent is null order by l.lower_bound, l.lower_value, l.name");
	SqlAddOid(&q, REGCLASSOID, relation);
	return ReadRows(&q);
}

List *
LedgerPacked(Oid relation)
{
	Sql			q;

	SqlBeginKept(&q, SELECT_ROWS "where l.relation = $1 and l.state = 'packed' "
				 "and c.oid is not null order by l.lower_bound, l.lower_value, l.name");
	SqlAddOid(&q, REGCLASSOID, relation);
	return ReadRows(&q);
}

LedgerRow *
LedgerOfPacked(Oid foreign, Oid *relation)
{
	Sql			q;

	SqlBegin(&q, "select relation::oid from elt_catalog.partition "
			 "where part = $1 and state = 'packed'");
	SqlAddOid(&q, REGCLASSOID, foreign);
	*relation = SqlRun(&q, AsCatalog()) == 0 ? InvalidOid :
		DatumGetObjectId(SqlDatum(&q, 0, 1, NULL));
	SqlDone(&q);
	if (!OidIsValid(*relation))
		return NULL;
	SqlBegin(&q, SELECT_ROWS "where l.part = $1 and l.state = 'packed'");
	SqlAddOid(&q, REGCLASSOID, foreign);
	return OnlyRow(&q);
}

List *
LedgerArchived(Oid relation)
{
	Sql			q;

	SqlBeginKept(&q, SELECT_ROWS
				 "where l.relation = $1 and l.archived_rows is not null "
				 "order by l.lower_bound, l.lower_value, l.name");
	SqlAddOid(&q, REGCLASSOID, relation);
	return ReadRows(&q);
}

List *
LedgerLeaving(Oid relation, List *actions)
{
	Sql			q;

	SqlBeginKept(&q, SELECT_ROWS
				 "where l.relation = $1 and l.state in ('detaching', 'detached') "
				 "and l.archived_rows is null and c.oid is not null "
				 "and l.action is distinct from 'drop' and (l.action is not null or l.actions && $2) "
				 "order by l.lower_bound, l.lower_value, l.name");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddTextArray(&q, actions);
	return ReadRows(&q);
}

List *
LedgerWithoutNeed(Oid relation)
{
	Sql			q;

	SqlBeginKept(&q, SELECT_ROWS
				 "where l.relation = $1 and l.state = 'dropped' and l.archived_rows is null "
				 "and l.archive is not null and 'drop' = any (l.actions) "
				 "order by l.lower_bound, l.lower_value, l.name");
	SqlAddOid(&q, REGCLASSOID, relation);
	return ReadRows(&q);
}

LedgerRow *
LedgerAgain(Oid relation, const LedgerRow *row)
{
	Sql			q;

	SqlBeginKept(&q, SELECT_ROWS "where l.relation = $1 and l.name = $2");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddText(&q, row->name);
	return OnlyRow(&q);
}

static void
AddPart(Sql *q, Oid relation, const char *name, const Part *part)
{
	SqlAddOid(q, REGCLASSOID, relation);
	SqlAddText(q, name);
	SqlAdd(q, REGCLASSOID, ObjectIdGetDatum(part->relid), !OidIsValid(part->relid));
	SqlAddTimeOrNull(q, part->lower, part->is_number);
	SqlAddTimeOrNull(q, part->upper, part->is_number);
	SqlAdd(q, INT8OID, Int64GetDatum(part->lower), !part->is_number);
	SqlAdd(q, INT8OID, Int64GetDatum(part->upper), !part->is_number);
}

/* The row of an archive stays when a partition comes that has its name, and is named by its file. */
static void
LeaveName(Oid relation, const char *name, const Part *part)
{
	Sql			q;

	if (!OidIsValid(part->relid))
		return;
	SqlBeginKept(&q, "update elt_catalog.partition set name = archive::jsonb->>'path' "
				 "where relation = $1 and name = $2 and archived_rows is not null");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddText(&q, name);
	SqlDo(&q, AsCatalog());
}

void
LedgerWrite(Oid relation, const char *name, const Part *part, const char *state)
{
	Sql			q;

	LeaveName(relation, name, part);
	SqlBeginKept(&q, "insert into elt_catalog.partition "
				 "(relation, name, part, " BOUNDS ", state) values ($1, $2, $3, $4, $5, $6, $7, $8) "
				 "on conflict (relation, name) do update set " SET_BOUNDS
				 "state = excluded.state, part = excluded.part, "
				 "actions = default, action = null, step = null, error = null, held = null, "
				 "compression = null, "
				 "created_at = now(), changed_at = now()");
	AddPart(&q, relation, name, part);
	SqlAddText(&q, state);
	SqlDo(&q, AsCatalog());
}

void
LedgerSave(Oid relation, const LedgerRow *row)
{
	Sql			q;

	LeaveName(relation, row->name, &row->part);
	SqlBeginKept(&q, "insert into elt_catalog.partition as l "
				 "(relation, name, part, " BOUNDS ", state, actions, action, step, archive, "
				 "archived_rows, compression) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
				 "case when $13 is not null then "
				 "jsonb_strip_nulls(jsonb_build_object('server', $12, 'path', $13, "
				 "'names', $15::jsonb, 'proof', $17::jsonb))::text end, nullif($14, -1), $16) "
				 "on conflict (relation, name) do update set part = excluded.part, " SET_BOUNDS
				 "state = excluded.state, actions = excluded.actions, action = excluded.action, "
				 "step = excluded.step, error = null, held = null, archive = excluded.archive, "
				 "archived_rows = excluded.archived_rows, compression = excluded.compression, "
				 "changed_at = case when l.state = excluded.state then l.changed_at else now() end");
	AddPart(&q, relation, row->name, &row->part);
	SqlAddText(&q, row->state);
	SqlAddTextArray(&q, row->actions);
	SqlAddText(&q, row->action);
	SqlAddText(&q, row->step);
	SqlAddText(&q, row->archive_server);
	SqlAddText(&q, row->archive_path);
	SqlAddInt8(&q, row->archived_rows);
	SqlAddJsonb(&q, row->archive_names);
	SqlAddText(&q, row->compression);
	SqlAddJsonb(&q, row->archive_proof);
	SqlDo(&q, AsCatalog());
}

bool
LedgerHasArchive(const char *server, const char *path)
{
	return LedgerNamesArchive(InvalidOid, server, path);
}

bool
LedgerNamesArchive(Oid relation, const char *server, const char *path)
{
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.partition "
				 "where archive::jsonb->>'server' = $1 and archive::jsonb->>'path' = $2 "
				 "and (relation = $3 or $3 is null)");
	SqlAddText(&q, server);
	SqlAddText(&q, path);
	SqlAdd(&q, REGCLASSOID, ObjectIdGetDatum(relation), !OidIsValid(relation));
	return SqlDo(&q, AsCatalog()) > 0;
}

void
LedgerFail(Oid relation, const LedgerRow *row, const char *error, const char *held)
{
	Sql			q;

	LeaveName(relation, row->name, &row->part);
	SqlBeginKept(&q, "insert into elt_catalog.partition "
				 "(relation, name, part, " BOUNDS ", state, error, held) "
				 "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
				 "on conflict (relation, name) do update set error = excluded.error, "
				 "held = excluded.held");
	AddPart(&q, relation, row->name, &row->part);
	SqlAddText(&q, row->state);
	SqlAddText(&q, error);
	SqlAddText(&q, held);
	SqlDo(&q, AsCatalog());
}

TimestampTz
LedgerFilledAt(Oid relation, const Part *part, int premake)
{
	Sql			q;
	TimestampTz at = DT_NOEND;

	SqlBeginKept(&q, "select created_at from elt_catalog.partition "
				 "where relation = $1 and lower_value >= $2 and state <> 'dropped' "
				 "order by lower_value offset $3 limit 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddInt8(&q, part->upper);
	SqlAddInt4(&q, premake);
	if (SqlRun(&q, AsCatalog()) > 0)
		at = SqlTime(&q, 0, 1, NULL);
	SqlDone(&q);
	return at;
}
