/*
 * changes.c
 *	  Transforms that read what other pipelines have landed since their last run.
 *
 * The position of a transform is, for each of its parents, the latest time of loading that its
 * target had, how many rows had been removed from there without a trace, and by which run at last.
 * It is earlier than those of rows that are still staged. It is taken before the changes are read,
 * so what lands meanwhile is read again and never missed. Everything is read when there is no
 * position, when rows were removed, when the view was changed, and when so many keys have changed
 * that reading them one by one is no gain.
 */
#include "base/compat.h"
#include "pipeline/changes.h"

#include "access/relation.h"
#include "base/base_relations.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "load/work.h"
#include "pipeline/change_index.h"
#include "pipeline/changed_keys.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* ---- definition ---- */

static Pipeline *
ParentNamed(const Pipeline *p, const char *name)
{
	if (!PipelineExists(name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pipeline \"%s\" in option \"changes_of\" does not exist", name),
				 errhint("Specify the pipelines whose targets the view reads.")));
	return PipelineByName(name);
}

static void
CheckParent(const Pipeline *p, const Pipeline *parent)
{
	ListCell   *lc;

	if (strcmp(parent->name, p->name) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pipeline \"%s\" cannot follow its own changes", p->name)));
	if (parent->key == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pipeline \"%s\" in option \"changes_of\" has no key", parent->name),
				 errdetail("Its changes cannot be told apart.")));
	foreach(lc, parent->key)
		if (p->key_map == NULL && get_attnum(p->source, lfirst(lc)) == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"changes_of\" requires option \"key_map\""),
					 errdetail("Column \"%s\" of the key of pipeline \"%s\" is not a column of the "
							   "source.", (char *) lfirst(lc), parent->name),
					 errhint("Specify a query that returns the keys of the source that changes of "
							 "its parents affect.")));
}

/* Without a map all parents have one key. */
static void
CheckSameKeys(const Pipeline *p, const Pipeline *first, const Pipeline *other)
{
	bool		same = list_length(first->key) == list_length(other->key);
	ListCell   *lc;

	foreach(lc, other->key)
		same = same && NamesContain(first->key, lfirst(lc));
	if (same || p->key_map != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"changes_of\" requires option \"key_map\""),
			 errdetail("Pipelines \"%s\" and \"%s\" have different keys.", first->name, other->name),
			 errhint("Specify a query that returns the keys of the source that changes of its "
					 "parents affect.")));
}

static List *
ParentsOf(const Pipeline *p)
{
	List	   *parents = NIL;
	ListCell   *lc;

	foreach(lc, p->changes_of)
	{
		Parent	   *parent = palloc0(sizeof(Parent));

		parent->pipeline = ParentNamed(p, lfirst(lc));
		CheckParent(p, parent->pipeline);
		if (parents != NIL)
			CheckSameKeys(p, ((Parent *) linitial(parents))->pipeline, parent->pipeline);
		parents = lappend(parents, parent);
	}
	return parents;
}

/* ---- the query for changed keys ---- */

static char *
UnionOfParents(List *parents)
{
	List	   *key = ((Parent *) linitial(parents))->pipeline->key;
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, parents)
		AppendItem(&sql, " union ", "%s", ChangedKeysSql(lfirst(lc), key));
	return sql.data;
}

static char *
KeyQuery(const Pipeline *p, List *parents)
{
	/* a comment at its end must not take the rest of the line */
	return p->key_map == NULL ? UnionOfParents(parents) : psprintf("%s\n", p->key_map);
}

typedef struct KeyColumns
{
	const Pipeline *pipeline;
	char	   *query;
	List	   *names;
} KeyColumns;

static void
ReadKeyColumns(void *arg)
{
	KeyColumns *columns = arg;
	Sql			q;

	SqlBegin(&q, psprintf("select * from (%s) as k limit 0", columns->query));
	SqlRun(&q, columns->pipeline->owner);
	for (int i = 0; i < q.rows->tupdesc->natts; i++)
		columns->names = lappend(columns->names,
								 pstrdup(NameStr(TupleDescAttr(q.rows->tupdesc, i)->attname)));
	SqlDone(&q);
}

static void
CheckKeyColumns(const Pipeline *p, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (!NamesContain(p->key, lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" that changes are followed by is not a column of the key",
							(char *) lfirst(lc)),
					 errdetail("Rows of changed keys that the source no longer has must be found in "
							   "the target."),
					 errhint("Add it to the key, or return columns of the key in option "
							 "\"key_map\".")));
	if (names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query in option \"key_map\" returns no columns")));
}

static List *
KeyColumnsOf(const Pipeline *p, List *parents, char *query)
{
	KeyColumns	columns = {p, query};

	WithChangedKeys(parents, ReadKeyColumns, &columns);
	CheckKeyColumns(p, columns.names);
	return columns.names;
}

void
ChangesCheck(const Pipeline *p, const SourceDefinition *source)
{
	List	   *parents = ParentsOf(p);

	if (p->key_map != NULL && parents == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"key_map\" requires option \"changes_of\""),
				 errhint("Specify the pipelines whose changes it maps.")));
	if (parents != NIL && source->window != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"changes_of\" and \"window_interval\" are mutually exclusive")));
	if (parents != NIL)
		(void) KeyColumnsOf(p, parents, KeyQuery(p, parents));
}

/* ---- positions ---- */

/* The definitions of all views that it is made of. */
static char *
DefinitionOf(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q,
			 WITH_BASE_RELATIONS
			 " select md5(coalesce(string_agg(pg_get_viewdef(c.oid), ' ' order by c.oid), ''))"
			 " from base b join pg_class c on c.oid = b.oid where c.relkind in ('v', 'm')");
	SqlAddOid(&q, OIDOID, p->source);
	return SqlDoText(&q, AsCatalog());
}

/*
 * Rows that went without a tombstone, and the last run that took one: old runs are purged, so that
 * the number may be the same again. TRUNCATE gives the table another file. Null when other
 * pipelines write the target too.
 */
static char *
GoneFrom(const Pipeline *parent)
{
	Sql			q;

	SqlBegin(&q,
			 "select case when (select count(*) from elt_catalog.pipeline where target = $2) = 1"
			 " then (select concat_ws(' ', coalesce(sum(gone), 0), max(run_id) filter (where gone > 0),"
			 "   (select 'file ' || relfilenode from pg_class where oid = $2 and relkind = 'r'))"
			 "  from (select pipeline_id, id, rows_removed + rows_deleted from elt_catalog.run union all"
			 "  select pipeline_id, run_id, rows_removed + rows_deleted from elt_catalog.run_target)"
			 "  as c(pipeline_id, run_id, gone) where pipeline_id = $1 and not $3) end");
	SqlAddInt4(&q, parent->id);
	SqlAddOid(&q, REGCLASSOID, parent->target);
	SqlAddBool(&q, get_attnum(parent->target, "_deleted") != InvalidAttrNumber);
	return SqlDoText(&q, AsCatalog());
}

/* Rows that are staged land with the times of their staging, behind what lands before them. */
static char *
StagedSince(const Pipeline *parent)
{
	Sql			q;

	SqlBegin(&q,
			 "select (min(loaded_at) - interval '1 microsecond')::text from elt_catalog.staged_slice"
			 " where pipeline_id = $1");
	SqlAddInt4(&q, parent->id);
	return SqlDoText(&q, AsCatalog());
}

/* As the owner, who must be able to read the target. What is staged is looked at first. */
static char *
LatestIn(const Pipeline *p, const Pipeline *parent)
{
	char	   *staged = StagedSince(parent);
	Sql			q;

	SqlBegin(&q, psprintf("select least(coalesce(max(_loaded_at), '-infinity'), $1::timestamptz)::text"
						  " from %s", QuotedRelation(parent->target)));
	SqlAddText(&q, staged);
	return SqlDoText(&q, p->owner);
}

/*
 * {"source": "...", "parents": {"orders": {"at": "...", "gone": "0", "replay": 7}}}: the last run
 * that landed rejects, whose rows are as old as their slices.
 */
static char *
PositionNow(const Pipeline *p, List *parents)
{
	List	   *names = NIL;
	List	   *latest = NIL;
	List	   *gone = NIL;
	ListCell   *lc;
	Sql			q;

	foreach(lc, parents)
	{
		const Pipeline *parent = ((Parent *) lfirst(lc))->pipeline;
		char	   *removed = GoneFrom(parent);

		names = lappend(names, parent->name);
		latest = lappend(latest, LatestIn(p, parent));
		gone = lappend(gone, removed == NULL ? "unknown" : removed);
	}
	SqlBegin(&q,
			 "select jsonb_build_object('source', $1::text, 'parents', jsonb_object_agg(n,"
			 " jsonb_build_object('at', at, 'gone', gone, 'replay', (select max(r.id)"
			 "  from elt_catalog.pipeline p join elt_catalog.run r on r.pipeline_id = p.id"
			 "  where p.name = n and r.kind = 'replay'"
			 "  and r.rows_inserted + r.rows_updated + r.rows_deleted > 0))))::text"
			 " from unnest($2::text[], $3::text[], $4::text[]) as x(n, at, gone)");
	SqlAddText(&q, DefinitionOf(p));
	SqlAddTextArray(&q, names);
	SqlAddTextArray(&q, latest);
	SqlAddTextArray(&q, gone);
	return SqlDoText(&q, AsCatalog());
}

/* Why everything is read, or NULL; else since is set in each parent. */
static char *
WhyAll(List *parents, const char *before, const char *now)
{
	Sql			q;
	char	   *why = NULL;

	if (before == NULL)
		return "it has not run before";
	SqlBegin(&q,
			 "select n.key, b.at, case when $1::jsonb ->> 'source' <> $2::jsonb ->> 'source'"
			 " then 'the view was changed' when b.at is null or b.gone is null then 'it was not followed'"
			 " when n.value ->> 'gone' = 'unknown' then 'other pipelines write its target'"
			 " when b.gone <> n.value ->> 'gone' or b.at::timestamptz > (n.value ->> 'at')::timestamptz"
			 " then 'rows were removed from its target'"
			 " when (n.value ->> 'replay')::bigint > coalesce(b.replay::bigint, 0)"
			 " then 'rejects were replayed into its target' end"
			 " from jsonb_each($2::jsonb -> 'parents') n, lateral (select"
			 "  $1::jsonb -> 'parents' -> n.key ->> 'at' as at,"
			 "  $1::jsonb -> 'parents' -> n.key ->> 'gone' as gone,"
			 "  $1::jsonb -> 'parents' -> n.key ->> 'replay' as replay) b");
	SqlAddText(&q, before);
	SqlAddText(&q, now);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		char	   *name = SqlText(&q, i, 1);
		char	   *reason = SqlText(&q, i, 3);
		ListCell   *lc;

		foreach(lc, parents)
			if (strcmp(((Parent *) lfirst(lc))->pipeline->name, name) == 0)
				((Parent *) lfirst(lc))->since = SqlText(&q, i, 2);
		if (reason != NULL && why == NULL)
			why = psprintf("of pipeline \"%s\": %s", name, reason);
	}
	SqlDone(&q);
	return why;
}

/* ---- changes ---- */

typedef struct Reading
{
	Execution  *e;
	SourceChanges *changes;
	char	   *query;
	int64		count;
} Reading;

/* The values of the first column, where there are not too many. */
static void
ReadFirst(Reading *r)
{
	const Pipeline *p = r->e->pipeline;
	const char *name = linitial(r->changes->columns);
	Oid			type = get_atttype(p->source, get_attnum(p->source, name));
	bool		isnull;
	Datum		value;
	Sql			q;

	SqlBegin(&q, psprintf("select array_agg(distinct k.%s::%s), count(*) from (select * from %s as x"
						  " limit %d) as k", quote_identifier(name),
						  format_type_be_qualified(type), r->changes->rows, MAX_CHANGED_KEYS + 1));
	SqlRun(&q, p->owner);
	r->count = SqlInt8(&q, 0, 2, &isnull);
	value = SqlDatum(&q, 0, 1, &isnull);
	r->changes->array_type = get_array_type(type);
	r->changes->first = isnull ? PointerGetDatum(construct_empty_array(type)) :
		PointerGetDatum(DatumGetArrayTypePCopy(value));
	SqlDone(&q);
}

/* Their types are those of the source. */
static char *
ColumnDefinitions(const Pipeline *p, List *names)
{
	Relation	rel = RelationOpen(p->source, AccessShareLock);
	StringInfoData columns;
	ListCell   *lc;

	initStringInfo(&columns);
	foreach(lc, names)
		AppendItem(&columns, ", ", "%s %s", quote_identifier(lfirst(lc)),
				   ColumnType(TupleDescAttr(RelationGetDescr(rel),
											get_attnum(p->source, lfirst(lc)) - 1)));
	relation_close(rel, NoLock);
	return columns.data;
}

static void
KeepKeys(Reading *r)
{
	const Pipeline *p = r->e->pipeline;

	WorkTableBegin(p, CHANGED_KEYS, ColumnDefinitions(p, r->changes->columns));
	r->changes->rows = WorkTable(p, CHANGED_KEYS);
	SqlExec(psprintf("insert into %s (%s) select distinct %s from (%s) as k", r->changes->rows,
					 QuotedColumns(r->changes->columns, NULL),
					 QuotedColumns(r->changes->columns, "k"), r->query), p->owner);
}

static void
ReadAll(Execution *e, List *parents, const char *why, const char *before)
{
	ListCell   *lc;

	e->source->changes->columns = NIL;
	e->parents = NIL;
	if (e->run == NULL)
		return;
	WorkTableDrop(e->pipeline, CHANGED_KEYS);
	foreach(lc, parents)
		ChangeIndexEnsure(e->pipeline, ((Parent *) lfirst(lc))->pipeline);
	if (before != NULL)
		ereport(NOTICE,
				(errmsg("pipeline \"%s\" reads everything, not only changes %s",
						e->pipeline->name, why)));
}

static void
ReadKeys(void *arg)
{
	Reading    *r = arg;

	if (r->e->run != NULL)
		KeepKeys(r);
	ReadFirst(r);
}

static void
Restrict(Execution *e, List *parents, const char *before)
{
	SourceChanges *changes = e->source->changes;
	Reading		r = {e, changes, KeyQuery(e->pipeline, parents)};

	e->parents = parents;
	changes->columns = KeyColumnsOf(e->pipeline, parents, r.query);
	changes->rows = psprintf("(%s)", r.query);
	if (!WithSomeChangedKeys(parents, ReadKeys, &r) || r.count > MAX_CHANGED_KEYS)
		ReadAll(e, parents, psprintf("of its parents: more than %d keys have changed",
									 MAX_CHANGED_KEYS), before);
}

void
ChangesPlan(Execution *e, const char *position)
{
	List	   *parents = ParentsOf(e->pipeline);
	SourceChanges *changes = palloc0(sizeof(SourceChanges));
	char	   *why;

	e->source->changes = changes;
	changes->position = PositionNow(e->pipeline, parents);
	why = WhyAll(parents, position, changes->position);
	if (why != NULL)
		ReadAll(e, parents, why, position);
	else
		Restrict(e, parents, position);
}
