/*
 * run_all.c
 *	  elt.run_all: queue the runs of several pipelines, each after those of the others that it waits
 *	  for.
 *
 * A selector has terms, of which any may match, separated by blanks. The parts of a term, separated
 * by commas, must all match: a name, tag:word or *, with + in front for all that it waits for, and
 * + behind for all that wait for it.
 */
#include "base/compat.h"

#include "base/closest_name.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/item_list.h"
#include "base/shmem.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/home.h"
#include "catalog/order.h"
#include "catalog/pipeline.h"
#include "catalog/queue.h"
#include "funcapi.h"
#include "nodes/bitmapset.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* A pipeline of this database that is no child. */
typedef struct Member
{
	int32		id;
	char	   *name;
	List	   *after;			/* char * */
	List	   *tags;			/* char * */
	bool		paused;
} Member;

/* Sets have positions in nodes. */
typedef struct Selection
{
	const char *selector;
	List	   *nodes;			/* Member *, by name */
	Bitmapset **parents;		/* of each node */
} Selection;

static List *
ReadNodes(void)
{
	List	   *nodes = NIL;
	Sql			q;

	SqlBegin(&q, "select id, name, after, tags, paused from elt_catalog.pipeline"
			 " where parent_id is null order by name");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		Member	   *node = palloc(sizeof(Member));

		node->id = SqlInt4(&q, i, 1, NULL);
		node->name = SqlText(&q, i, 2);
		node->after = SqlTextArray(&q, i, 3);
		node->tags = SqlTextArray(&q, i, 4);
		node->paused = SqlBool(&q, i, 5);
		nodes = lappend(nodes, node);
	}
	SqlDone(&q);
	return nodes;
}

static bool
Contains(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

static void
FindParents(Selection *s)
{
	ListCell   *child;
	ListCell   *parent;

	s->parents = palloc0(sizeof(Bitmapset *) * Max(list_length(s->nodes), 1));
	foreach(child, s->nodes)
		foreach(parent, s->nodes)
			if (Contains(((Member *) lfirst(child))->after, ((Member *) lfirst(parent))->name))
				s->parents[foreach_current_index(child)] =
					bms_add_member(s->parents[foreach_current_index(child)],
								   foreach_current_index(parent));
}

/* ---- selectors ---- */

static void
ReportUnknown(const Selection *s, const char *name)
{
	List	   *names = NIL;
	ListCell   *lc;
	const char *closest;

	foreach(lc, s->nodes)
		names = lappend(names, ((Member *) lfirst(lc))->name);
	closest = ClosestName(name, names);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("no pipeline matches \"%s\" in selector \"%s\"", name, s->selector),
			 closest ? errhint("Perhaps you meant the pipeline \"%s\".", closest) :
			 errhint("Specify names of pipelines, tags as in tag:nightly, or *, each with + in front "
					 "or behind for what it depends on or what depends on it.")));
}

static Bitmapset *
Named(const Selection *s, const char *name)
{
	bool		is_tag = strncmp(name, "tag:", 4) == 0;
	Bitmapset  *found = NULL;
	ListCell   *lc;

	foreach(lc, s->nodes)
	{
		const Member *node = lfirst(lc);

		if (strcmp(name, "*") == 0 ||
			(is_tag ? Contains(node->tags, name + 4) : strcmp(node->name, name) == 0))
			found = bms_add_member(found, foreach_current_index(lc));
	}
	if (found == NULL)
		ReportUnknown(s, name);
	return found;
}

/* Add all parents of a set, and theirs, or all children. */
static Bitmapset *
Extended(const Selection *s, Bitmapset *set, bool upwards)
{
	int			before;

	do
	{
		before = bms_num_members(set);
		for (int i = 0; i < list_length(s->nodes); i++)
		{
			if (upwards && bms_is_member(i, set))
				set = bms_add_members(set, s->parents[i]);
			else if (!upwards && bms_overlap(s->parents[i], set))
				set = bms_add_member(set, i);
		}
	} while (bms_num_members(set) > before);
	return set;
}

static Bitmapset *
Part(const Selection *s, char *text)
{
	size_t		length = strlen(text);
	bool		up = text[0] == '+';
	bool		down = length > 1 && text[length - 1] == '+';
	Bitmapset  *set;
	Bitmapset  *below;

	if (down)
		text[length - 1] = '\0';
	set = Named(s, up ? text + 1 : text);
	below = down ? Extended(s, bms_copy(set), false) : NULL;
	if (up)
		set = Extended(s, set, true);
	return bms_add_members(set, below);
}

static Bitmapset *
Term(const Selection *s, const char *text)
{
	Bitmapset  *set = NULL;
	ListCell   *lc;
	List	   *parts = SplitItems(text, ',');

	foreach(lc, parts)
	{
		Bitmapset  *part = Part(s, lfirst(lc));

		set = foreach_current_index(lc) == 0 ? part : bms_int_members(set, part);
	}
	return set;
}

static Bitmapset *
Selected(const Selection *s)
{
	Bitmapset  *set = NULL;
	ListCell   *lc;

	foreach(lc, SplitItems(s->selector, ' '))
		if (*(char *) lfirst(lc) != '\0')
			set = bms_add_members(set, Term(s, lfirst(lc)));
	if (bms_is_empty(set))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("selector \"%s\" selects no pipeline", s->selector)));
	return set;
}

/* What is paused is left out, and said. */
static Bitmapset *
WithoutPaused(const Selection *s, Bitmapset *set)
{
	ListCell   *lc;

	foreach(lc, s->nodes)
	{
		const Member *node = lfirst(lc);

		if (!node->paused || !bms_is_member(foreach_current_index(lc), set))
			continue;
		ereport(NOTICE,
				(errmsg("pipeline \"%s\" is paused: nothing was queued", node->name)));
		set = bms_del_member(set, foreach_current_index(lc));
	}
	return set;
}

/* ---- runs ---- */

static void
PutRow(ReturnSetInfo *result, const Member *node, int64 run_id, List *parents)
{
	Datum		values[3];
	bool		nulls[3] = {false};

	values[0] = CStringGetTextDatum(node->name);
	nulls[1] = run_id == 0;
	values[1] = Int64GetDatum(run_id);
	values[2] = TextArrayDatum(parents);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static int64
QueueNow(const Member *node, TimestampTz slot)
{
	bool		coalesced;
	int64		run_id = QueueAddSlot(node->id, "queue", slot, &coalesced);

	if (run_id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_PIPELINE_BUSY),
				 errmsg("a run of pipeline \"%s\" for a window is queued", node->name),
				 errhint("Wait until it has ended, or cancel it.")));
	return run_id;
}

static void
QueueNode(const Selection *s, int number, Bitmapset *set, TimestampTz slot,
		  ReturnSetInfo *result)
{
	const Member *node = list_nth(s->nodes, number);
	Bitmapset  *awaited = bms_intersect(s->parents[number], set);
	List	   *ids = NIL;
	List	   *names = NIL;
	int			i = -1;

	PipelineCheckMayRun(PipelineById(node->id));
	while ((i = bms_next_member(awaited, i)) >= 0)
	{
		ids = lappend_int(ids, ((Member *) list_nth(s->nodes, i))->id);
		names = lappend(names, ((Member *) list_nth(s->nodes, i))->name);
	}
	if (ids != NIL)
		SlotWait(node->id, slot, slot, ids);
	PutRow(result, node, ids == NIL ? QueueNow(node, slot) : 0, names);
}

PG_FUNCTION_INFO_V1(elt_run_all);
Datum
elt_run_all(PG_FUNCTION_ARGS)
{
	TimestampTz slot = GetCurrentTimestamp();
	Selection	s;
	Bitmapset  *set;
	int			i = -1;

	RequireArg(fcinfo, 0, "selector");
	RequirePreload("elt.run_all");
	ExtensionCheckVersion();
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	(void) HomeSettle();
	s.selector = text_to_cstring(PG_GETARG_TEXT_PP(0));
	s.nodes = ReadNodes();
	FindParents(&s);
	set = WithoutPaused(&s, Selected(&s));
	while ((i = bms_next_member(set, i)) >= 0)
		QueueNode(&s, i, set, slot, (ReturnSetInfo *) fcinfo->resultinfo);
	WakeSchedulerAtCommit();
	SPI_finish();
	return (Datum) 0;
}
