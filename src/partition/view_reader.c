/*
 * view_reader.c
 *	  Pipelines that read a table through views.
 *
 * A view may be over other views. Where a column of it is just one of the table's, the view says so.
 */
#include "base/compat.h"
#include "partition/view_reader.h"

#include "access/relation.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

typedef struct Reader
{
	Oid			view;
	Oid			owner;			/* of the pipeline */
	char	   *reason;
	char	   *cursor_column;	/* NULL: it reads by windows */
	char	   *position;		/* of the cursor, or NULL */
	TimestampTz window_end;		/* -infinity: nothing is read */
} Reader;

#define DEPENDING_ON \
	"join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid " \
	"where d.refclassid = 'pg_class'::regclass and r.ev_class <> d.refobjid "

static List *
ReadersOf(Oid relation)
{
	List	   *readers = NIL;
	Sql			q;

	SqlBegin(&q, "with recursive v(oid) as (select r.ev_class from pg_depend d " DEPENDING_ON
			 "and d.refobjid = $1 union select r.ev_class from v join pg_depend d on d.refobjid = v.oid "
			 DEPENDING_ON ") select v.oid, p.owner::oid, "
			 "format('pipeline \"%s\" has not read all of it through view \"%s\"', p.name, k.oid::regclass), "
			 "p.cursor_column, c.position, coalesce(c.window_end, '-infinity') "
			 "from v join pg_class k on k.oid = v.oid and k.relkind = 'v' "
			 "join elt_catalog.pipeline p on p.source = v.oid "
			 "left join elt_catalog.cursor c on c.pipeline_id = p.id "
			 "where p.cursor_column is not null or p.window_interval is not null order by p.id");
	SqlAddOid(&q, OIDOID, relation);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		Reader	   *reader = palloc0(sizeof(Reader));

		reader->view = DatumGetObjectId(SqlDatum(&q, i, 1, NULL));
		reader->owner = DatumGetObjectId(SqlDatum(&q, i, 2, NULL));
		reader->reason = SqlText(&q, i, 3);
		reader->cursor_column = SqlText(&q, i, 4);
		reader->position = SqlText(&q, i, 5);
		reader->window_end = SqlTime(&q, i, 6, NULL);
		readers = lappend(readers, reader);
	}
	SqlDone(&q);
	return readers;
}

/* The column of the relation that a column of the view is, or InvalidAttrNumber. */
static AttrNumber
OriginOf(Oid view, AttrNumber column, Oid relation)
{
	Relation	rel = RelationOpen(view, AccessShareLock);
	List	   *targets = get_view_query(rel)->targetList;
	const TargetEntry *target = column <= list_length(targets) ? list_nth(targets, column - 1) : NULL;
	AttrNumber	origin = InvalidAttrNumber;

	if (target != NULL && target->resorigtbl == relation)
		origin = target->resorigcol;
	else if (target != NULL && get_rel_relkind(target->resorigtbl) == RELKIND_VIEW)
		origin = OriginOf(target->resorigtbl, target->resorigcol, relation);
	relation_close(rel, AccessShareLock);
	return origin;
}

/* The column of the view that is that column of the relation, or NULL. */
static char *
ColumnOfView(Oid view, Oid relation, const char *column)
{
	AttrNumber	wanted = get_attnum(relation, column);
	char	   *name;

	for (AttrNumber i = 1; (name = get_attname(view, i, true)) != NULL; i++)
		if (OriginOf(view, i, relation) == wanted)
			return name;
	return NULL;
}

static char *
RangeOf(const Policy *policy, const Part *part, const char *column)
{
	char	   *lower = "";
	char	   *upper = "";

	if (column == NULL)
		return "";
	if (!TIMESTAMP_IS_NOBEGIN(part->lower))
		lower = psprintf(" AND %s >= %s", quote_identifier(column), BoundLiteral(policy, part->lower));
	if (!TIMESTAMP_IS_NOEND(part->upper))
		upper = psprintf(" AND %s < %s", quote_identifier(column), BoundLiteral(policy, part->upper));
	return psprintf("%s%s", lower, upper);
}

static char *
BehindCursor(const Reader *reader)
{
	return reader->position == NULL ? "true" :
		psprintf("%s > %s", quote_identifier(reader->cursor_column),
				 quote_literal_cstr(reader->position));
}

static bool
AnyRow(const Reader *reader, const char *condition)
{
	return SqlExec(psprintf("SELECT FROM %s WHERE %s LIMIT 1", QuotedRelation(reader->view),
							condition), reader->owner) > 0;
}

static bool
HasRead(const Reader *reader, const Policy *policy, const Part *part)
{
	if (reader->cursor_column == NULL)
		return reader->window_end >= Min(part->upper, GetCurrentTimestamp()) ||
			!PartHasRows(policy, part);
	return !AnyRow(reader, psprintf("%s%s", BehindCursor(reader),
									RangeOf(policy, part, ColumnOfView(reader->view, policy->relation,
																	   policy->column))));
}

char *
ViewReaderOf(const Policy *policy, const Part *part)
{
	ListCell   *lc;

	foreach(lc, ReadersOf(policy->relation))
	{
		const Reader *reader = lfirst(lc);

		if (!HasRead(reader, policy, part))
			return reader->reason;
	}
	return NULL;
}

/* False where the table does not have the cursor, or nothing is read yet. */
static char *
ReadCondition(const Reader *reader, Oid relation)
{
	AttrNumber	column = OriginOf(reader->view, get_attnum(reader->view, reader->cursor_column),
								  relation);

	if (column != InvalidAttrNumber && reader->position != NULL)
		return psprintf("%s <= %s", quote_identifier(get_attname(relation, column, false)),
						quote_literal_cstr(reader->position));
	return AnyRow(reader, BehindCursor(reader)) ? "false" : "true";
}

List *
ReadThroughViews(Oid relation)
{
	List	   *conditions = NIL;
	ListCell   *lc;

	foreach(lc, ReadersOf(relation))
	{
		const Reader *reader = lfirst(lc);

		if (reader->cursor_column != NULL)
			conditions = lappend(conditions, ReadCondition(reader, relation));
	}
	return conditions;
}
