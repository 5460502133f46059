/*
 * answer.c
 *	  The definition and target under which an answer landed, so that the same one need not land
 *	  again.
 */
#include "base/compat.h"
#include "catalog/answer.h"

#include "base/sql.h"
#include "catalog/pipeline_option.h"
#include "catalog/slice.h"

/* What only says when and how much at a time leaves rows as they are. */
static List *
IrrelevantColumns(void)
{
	List	   *columns = list_make3("changed_at", "paused", "home");

	for (int i = 0; i < PipelineOptionCount; i++)
		if (PipelineOptions[i].traits & OPTION_PACE)
			columns = lappend(columns, unconstify(char *, PipelineOptions[i].name));
	return columns;
}

char *
AnswerDefinition(const Pipeline *p)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select md5(string_agg(concat_ws(' ', e.extversion, to_jsonb(p) - $2, s.srvoptions,"
				 " t.ftoptions,"
				 " (select jsonb_agg(jsonb_build_array(a.attname, a.atttypid, a.atttypmod,"
				 "   a.attfdwoptions) order by a.attnum) from pg_attribute a"
				 "  where a.attrelid = t.ftrelid and a.attnum > 0 and not a.attisdropped),"
				 " (select jsonb_agg(jsonb_build_array(k.name, k.expression, k.action)"
				 "   order by k.id) from elt_catalog.check_rule k"
				 "   where k.pipeline_id = p.id and k.enabled)),"
				 "  ' ' order by p.id))"
				 " from elt_catalog.pipeline p join pg_foreign_table t on t.ftrelid = p.source"
				 " join pg_foreign_server s on s.oid = t.ftserver"
				 " join pg_extension e on e.extname = 'pg_elt' where p.id = $1 or p.root_id = $1");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, IrrelevantColumns());
	return SqlDoText(&q, AsCatalog());
}

/*
 * Of the targets of the pipeline and its children. A table that is emptied, rewritten or made anew
 * has another file; a partition that comes or goes changes the list.
 */
char *
AnswerKey(const Pipeline *p, const char *definition)
{
	Sql			q;

	if (definition == NULL)
		return NULL;
	SqlBeginKept(&q,
				 "with target as (select target as oid from elt_catalog.pipeline"
				 "  where id = $1 or root_id = $1)"
				 " select md5($2 || string_agg(concat_ws(' ', c.oid,"
				 "   pg_relation_filenode(c.oid)), ',' order by c.oid)"
				 "  || (select jsonb_agg(jsonb_build_array(a.attname, a.atttypid)"
				 "   order by a.attrelid, a.attnum)::text from pg_attribute a"
				 "   where a.attrelid in (select oid from target)"
				 "   and a.attnum > 0 and not a.attisdropped))"
				 " from pg_class c where c.oid in (select oid from target)"
				 " or c.oid in (select r.relid from target, pg_partition_tree(target.oid) r)"
				 " having bool_and(c.relpersistence = 'p')");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, definition);
	return SqlDoText(&q, AsCatalog());
}

static void
ReadAnswers(Sql *q, List *slices)
{
	for (uint64 i = 0; i < q->processed; i++)
	{
		Slice	   *slice = list_nth(slices, SqlInt8(q, i, 1, NULL) - 1);

		slice->etag = SqlText(q, i, 2);
		slice->last_modified = SqlText(q, i, 3);
		slice->body_hash = SqlText(q, i, 4);
	}
}

void
AnswersRecall(const Pipeline *p, List *slices, const char *key)
{
	List	   *params = NIL;
	List	   *starts = NIL;
	ListCell   *lc;
	Sql			q;

	if (key == NULL || slices == NIL)
		return;
	foreach(lc, slices)
	{
		Slice	   *slice = lfirst(lc);

		params = lappend(params, slice->params);
		starts = lappend(starts, &slice->window_start);
	}
	SqlBeginParsed(&q,
				   "select w.i, s.etag, s.last_modified, s.body_hash"
				   " from unnest($2, $3) with ordinality w(params, window_start, i)"
				   " join elt_catalog.slice s on s.pipeline_id = $1 and s.params = w.params::jsonb"
				   " and s.window_start = w.window_start"
				   " where s.state = 'landed' and s.answer_key = $4");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, params);
	SqlAddTimeArray(&q, starts);
	SqlAddText(&q, key);
	SqlRun(&q, AsCatalog());
	ReadAnswers(&q, slices);
	SqlDone(&q);
}
