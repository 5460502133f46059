/*
 * hold.c
 *	  Holds, readers and dependencies that keep a partition from being removed.
 *
 * PostgreSQL detects dependencies, but reports one partition at a time and ends the whole statement.
 */
#include "base/compat.h"
#include "partition/hold.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "partition/split_state.h"
#include "partition/view_reader.h"

/* Objects that go together with the partition depend on it in another way as well. */
char *
DependentObject(Oid part)
{
	Sql			q;

	SqlBegin(&q, "select coalesce((select pg_describe_object('pg_class'::regclass, r.ev_class, 0) "
			 "from pg_rewrite r where d.classid = 'pg_rewrite'::regclass and r.oid = d.objid), "
			 "pg_describe_object(d.classid, d.objid, 0)) || ' depends on it' "
			 "from pg_depend d where d.refclassid = 'pg_class'::regclass and d.refobjid = $1 "
			 "and d.deptype = 'n' and not exists (select from pg_rewrite r join elt_catalog.policy p "
			 "on p.all_view = r.ev_class where d.classid = 'pg_rewrite'::regclass and r.oid = d.objid) "
			 "and not exists (select from pg_depend o where o.classid = d.classid "
			 "and o.objid = d.objid and o.refclassid = d.refclassid and o.refobjid = $1 "
			 "and o.deptype <> 'n') "
			 "and not exists (select from pg_constraint k where d.classid = 'pg_constraint'::regclass "
			 "and k.oid = d.objid and k.conparentid <> 0) "
			 "order by d.classid, d.objid limit 1");
	SqlAddOid(&q, OIDOID, part);
	return SqlDoText(&q, AsCatalog());
}

/* The reason of the first row of (reason, query) whose query has rows, or NULL. */
static char *
FirstWithRows(Sql *q, Oid role)
{
	char	   *reason = NULL;

	SqlRun(q, AsCatalog());
	for (uint64 i = 0; i < q->processed && reason == NULL; i++)
		if (SqlExec(SqlText(q, i, 2), role) > 0)
			reason = SqlText(q, i, 1);
	SqlDone(q);
	return reason;
}

/* Foreign keys that refer to the parent have a constraint for each of its partitions. */
char *
ReferringRows(Oid relation, Oid part)
{
	Sql			q;

	SqlBegin(&q, "select format('rows of table \"%s.%s\" refer to it (foreign key \"%s\")', "
			 "n.nspname, c.relname, o.conname), "
			 "format('SELECT FROM %I.%I f JOIN ONLY %s p ON %s LIMIT 1', n.nspname, c.relname, $2, "
			 "string_agg(format('f.%I = p.%I', a.attname, b.attname), ' AND ' order by u.n)) "
			 "from pg_constraint k join pg_constraint o on o.oid = k.conparentid "
			 "join pg_class c on c.oid = k.conrelid "
			 "join pg_namespace n on n.oid = c.relnamespace, "
			 "unnest(k.conkey, k.confkey) with ordinality u(referring, referred, n) "
			 "join pg_attribute a on a.attnum = u.referring "
			 "join pg_attribute b on b.attnum = u.referred "
			 "where k.contype = 'f' and k.confrelid = $1 "
			 "and a.attrelid = k.conrelid and b.attrelid = k.confrelid "
			 "group by k.oid, o.conname, k.conrelid, n.nspname, c.relname order by k.oid");
	SqlAddOid(&q, OIDOID, part);
	SqlAddText(&q, QuotedRelation(part));
	return FirstWithRows(&q, RelationOwner(relation));
}

/* When the rows of a range of numbers were written nobody knows: any hold by time keeps them. */
char *
HoldOn(Oid relation, const Part *part)
{
	Sql			q;

	SqlBeginKept(&q, "select format('hold %s: %s', id, reason) from elt_catalog.hold "
				 "where relation = $1 and released_at is null and "
				 "case when from_value is not null then from_value < $5 and to_value > $4 "
				 "else $2 is null or from_time < $3 and to_time > $2 end order by id limit 1");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddTimeOrNull(&q, part->lower, part->is_number);
	SqlAddTimeOrNull(&q, part->upper, part->is_number);
	SqlAdd(&q, INT8OID, Int64GetDatum(part->lower), !part->is_number);
	SqlAdd(&q, INT8OID, Int64GetDatum(part->upper), !part->is_number);
	return SqlDoText(&q, AsCatalog());
}

/* Pipelines that read the table little by little; what has landed is behind their cursor. */
static char *
Unread(Oid relation, const Part *part)
{
	Sql			q;

	SqlBegin(&q, "select format('pipeline \"%s\" has not read all of it', p.name), "
			 "format('SELECT FROM %s%s LIMIT 1', $2, case when c.position is not null "
			 "then format(' WHERE %I > %L', p.cursor_column, c.position) end) "
			 "from elt_catalog.pipeline p left join elt_catalog.cursor c on c.pipeline_id = p.id "
			 "where p.source = $1 and (p.cursor_column is not null or p.window_interval is not null "
			 "and coalesce(c.window_end, '-infinity') < least($3, now())) order by p.id");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddText(&q, QuotedRelation(part->relid));
	SqlAddTime(&q, part->upper);
	return FirstWithRows(&q, RelationOwner(relation));
}

/* Consumers of a change log. */
static char *
UnreadChanges(Oid relation, const Part *part)
{
	Sql			q;

	SqlBegin(&q, "select format('consumer \"%s\" has not read all of it', c.name), "
			 "format('SELECT FROM %s WHERE _change_id > %s LIMIT 1', $2, c.position) "
			 "from elt_catalog.consumer c join elt_catalog.change_log l on l.relation = c.relation "
			 "where l.log = $1 order by c.name");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddText(&q, QuotedRelation(part->relid));
	return FirstWithRows(&q, RelationOwner(relation));
}

static char *
Needed(const PartWork *work)
{
	Oid			relation = work->policy->relation;
	Oid			part = work->row->part.relid;
	char	   *reason = NULL;

	if (work->row->attached)
		reason = ReferringRows(relation, part);
	if (reason == NULL && work->chain->action->drops && OidIsValid(part))
		reason = DependentObject(part);
	return reason;
}

char *
PartHeldBy(const PartWork *work, bool *is_wanted)
{
	Oid			relation = work->policy->relation;
	const Part *part = &work->row->part;
	char	   *reason;

	*is_wanted = true;
	if (work->row->attached && SplitConcerns(relation, part->relid))
		return "it is being divided";
	if (!work->chain->action->removes)
		return NULL;
	reason = HoldOn(relation, part);
	if (reason == NULL && work->row->attached)
		reason = Unread(relation, part);
	if (reason == NULL && work->row->attached)
		reason = ViewReaderOf(work->policy, part);
	if (reason == NULL && work->row->attached)
		reason = UnreadChanges(relation, part);
	if (reason != NULL)
		return reason;
	*is_wanted = false;
	return Needed(work);
}
