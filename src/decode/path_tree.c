/*
 * path_tree.c
 *	  Turns the paths of a specification into trees of places.
 */
#include "base/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "decode/path_tree.h"

#include "decode/arrival.h"
#include "decode/line_column.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void
AddPointer(void ***list, int *n, void *item)
{
	if ((*n & (*n - 1)) == 0)
	{
		Size		size = Max(1, 2 * *n) * sizeof(void *);

		*list = *list ? repalloc(*list, size) : palloc(size);
	}
	(*list)[(*n)++] = item;
}

/* ---- looking up ---- */

PlanNode *
PlanSearchMember(PlanNode *node, const char *name, size_t len)
{
	int			at = node->hint;

	for (int i = 0; i < node->nmembers; i++)
	{
		PlanNode   *member;

		if (at >= node->nmembers)
			at = 0;
		member = node->members[at++];
		if (member->name_len == len && memcmp(member->name, name, len) == 0)
		{
			node->hint = at;
			return member;
		}
	}
	return NULL;
}

PlanNode *
PlanFindElement(PlanNode *node, int64 index)
{
	for (int i = 0; i < node->nelements; i++)
	{
		if (node->elements[i]->index == index)
			return node->elements[i];
	}
	return NULL;
}

/* ---- building ---- */

pg_attribute_noreturn()
static void
ColumnPathError(const PlanColumn *column, const Plan *plan, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path \"%s\" of column \"%s\" does not fit the records \"%s\"",
					column->path->text, column->converter.column,
					plan->records_text ? plan->records_text : "$"),
			 errdetail("%s", detail)));
	pg_unreachable();
}

static PlanNode *
NewNode(void)
{
	PlanNode   *node = palloc0(sizeof(PlanNode));

	PackedInit(&node->array, CurrentMemoryContext);
	return node;
}

static PlanNode *
StepInto(PlanNode *node, const PathStep *step)
{
	PlanNode   *child;

	if (step->type == STEP_MEMBER)
	{
		child = PlanFindMember(node, step->name, step->name_len);
		if (child)
			return child;
		child = NewNode();
		child->name = step->name;
		child->name_len = step->name_len;
		AddPointer((void ***) &node->members, &node->nmembers, child);
		return child;
	}
	child = PlanFindElement(node, step->index);
	if (child)
		return child;
	child = NewNode();
	child->index = step->index;
	AddPointer((void ***) &node->elements, &node->nelements, child);
	return child;
}

/* How many steps the column's path has in common with records. */
static int
CommonLevel(const Plan *plan, const Path *path)
{
	int			n = 0;

	while (n < plan->nsteps && n < path->nsteps &&
		   PathStepEqual(&plan->steps[n], &path->steps[n]))
		n++;
	return n;
}

/* Below its anchor, a path must not leave by the way that leads to the records. */
static void
CheckFork(const Plan *plan, const PlanColumn *column)
{
	const PathStep *way;
	const PathStep *step;

	if (column->level == plan->nsteps)
		return;
	if (column->level == column->path->nsteps)
		ColumnPathError(column, plan, "The records themselves are a part of this value.");
	way = &plan->steps[column->level];
	step = &column->path->steps[column->level];
	if (column->level > 0 && plan->steps[column->level - 1].type == STEP_KEYVALUE &&
		step->type == STEP_MEMBER && strcmp(step->name, "key") == 0)
		return;
	if (way->type != step->type || PathStepIterates(way))
		ColumnPathError(column, plan,
						"It takes another way through a value that the records are read from.");
}

static void
CheckSteps(const Plan *plan, const PlanColumn *column)
{
	const Path *path = column->path;

	for (int i = column->level; i < path->nsteps; i++)
	{
		if (path->steps[i].type == STEP_KEYVALUE)
			ColumnPathError(column, plan, ".keyvalue() is for records, not for columns.");
		if (path->steps[i].type == STEP_EACH && i < path->nsteps - 1)
			ColumnPathError(column, plan, "[*] must be its last step.");
	}
}

/* After .keyvalue() there are a key and a value, nothing else. */
static void
CheckKeyValue(const Plan *plan, const PlanColumn *column)
{
	const PathStep *step;

	if (column->level == 0 || plan->steps[column->level - 1].type != STEP_KEYVALUE)
		return;
	step = &column->path->steps[column->level];
	if (column->level < column->path->nsteps && step->type == STEP_MEMBER &&
		(strcmp(step->name, "value") == 0 ||
		 (strcmp(step->name, "key") == 0 && column->level + 1 == column->path->nsteps)))
		return;
	ColumnPathError(column, plan, ".keyvalue() gives records with the members key and value.");
}

static void
Anchor(Plan *plan, PlanColumn *column)
{
	Path	   *path = column->path;
	PlanNode   *node;

	/* by default the records are the elements of a root array, and $ is the record */
	if (plan->default_records && path->absolute && path->nsteps > 0 &&
		path->steps[0].type == STEP_EACH)
		memmove(path->steps, path->steps + 1, --path->nsteps * sizeof(PathStep));
	if (!path->absolute)
	{
		/* below the record: as if it began with the steps of records */
		Path	   *full = palloc0(sizeof(Path));

		if (plan->nsteps + path->nsteps > PATH_MAX_STEPS)
			ColumnPathError(column, plan, "Both together have too many steps.");
		full->text = path->text;
		full->nsteps = plan->nsteps + path->nsteps;
		memcpy(full->steps, plan->steps, plan->nsteps * sizeof(PathStep));
		memcpy(full->steps + plan->nsteps, path->steps, path->nsteps * sizeof(PathStep));
		column->path = path = full;
		column->level = plan->nsteps;
	}
	else
		column->level = CommonLevel(plan, path);
	CheckFork(plan, column);
	CheckKeyValue(plan, column);
	CheckSteps(plan, column);
	if (plan->roots[column->level] == NULL)
		plan->roots[column->level] = NewNode();
	node = plan->roots[column->level];
	column->zipped = path->nsteps > column->level &&
		path->steps[path->nsteps - 1].type == STEP_EACH;
	for (int i = column->level; i < path->nsteps - column->zipped; i++)
		node = StepInto(node, &path->steps[i]);
	column->node = node;
	if (column->zipped)
		AddPointer((void ***) &node->zipped, &node->nzipped, column);
	else
	{
		AddPointer((void ***) &node->columns, &node->ncolumns, column);
		node->wants_json |= column->converter.takes_json;
	}
}

/* Pages are UTF-8, whatever the database is. */
static const char *
InUtf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

Path *
PlanRecordsPath(const char *records)
{
	return PathParse(InUtf8(records), "option \"records\"");
}

static void
ReadRecordsPath(Plan *plan, const char *records)
{
	Path	   *path;

	plan->default_records = records == NULL;
	plan->records_text = records ? pstrdup(records) : NULL;
	if (records == NULL)
		return;
	path = PlanRecordsPath(records);
	plan->list_name = pg_any_to_server(PathName(path), strlen(PathName(path)), PG_UTF8);
	plan->nsteps = path->nsteps;
	memcpy(plan->steps, path->steps, path->nsteps * sizeof(PathStep));
	for (int i = 0; i + 1 < path->nsteps; i++)
	{
		if (path->steps[i].type == STEP_KEYVALUE &&
			(path->steps[i + 1].type != STEP_MEMBER ||
			 strcmp(path->steps[i + 1].name, "value") != 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid path \"%s\" of option \"records\"", records),
					 errdetail("After .keyvalue() it can go on with .value only.")));
	}
}

static int
LastSingle(const Plan *plan, DecodeFraming framing)
{
	int			level = 0;

	if (framing != DECODE_DOCUMENT)
		return -1;
	while (level < plan->nsteps && !PathStepIterates(&plan->steps[level]))
		level++;
	return level;
}

static void
AddColumn(Plan *plan, TupleDesc desc, const DecodeColumn *given)
{
	PlanColumn *column = &plan->columns[plan->ncolumns];
	Form_pg_attribute att;

	if (given->attnum < 1 || given->attnum > desc->natts)
		elog(ERROR, "no attribute %d to decode", given->attnum);
	att = TupleDescAttr(desc, given->attnum - 1);
	if (att->attisdropped)
		return;
	if (given->is_line)
	{
		LineColumnCheck(att);
		plan->line_attindex = given->attnum - 1;
		plan->line_type = att->atttypid;
		return;
	}
	if (given->is_arrival)
	{
		ArrivalColumnCheck(att);
		plan->arrival_attindex = given->attnum - 1;
		return;
	}
	plan->ncolumns++;
	ConverterInit(&column->converter, att, given);
	column->checks_null = get_typtype(att->atttypid) == TYPTYPE_DOMAIN &&
		DomainHasConstraints(att->atttypid);
	plan->checks_null |= column->checks_null;
	column->is_param = given->is_param || given->is_list;
	column->constant = given->is_list ? plan->list_name :
		given->constant ? pstrdup(given->constant) : NULL;
	if (column->is_param)
	{
		/* what a request says is text: only the input function knows whether it is JSON */
		if (column->converter.takes_json)
			column->converter.kind = CONVERT_INPUT;
		return;
	}
	column->path = given->path ?
		PathParse(InUtf8(given->path), psprintf("column \"%s\"", column->converter.column)) :
		PathOfMember(InUtf8(column->converter.column));
	Anchor(plan, column);
	plan->has_zip |= column->zipped;
}

Plan *
PlanCreate(const DecodeSpec *spec)
{
	Plan	   *plan = palloc0(sizeof(Plan));

	plan->line_attindex = plan->arrival_attindex = -1;
	ReadRecordsPath(plan, spec->records);
	plan->last_single = LastSingle(plan, spec->framing);
	plan->columns = palloc0(Max(spec->ncolumns, 1) * sizeof(PlanColumn));
	for (int i = 0; i < spec->ncolumns; i++)
		AddColumn(plan, spec->desc, &spec->columns[i]);
	for (int i = 0; i < plan->ncolumns; i++)
	{
		PlanColumn *column = &plan->columns[i];

		column->shared = !column->zipped &&
			(plan->has_zip || column->is_param || column->level < plan->nsteps);
		plan->has_shared |= column->shared;
		if (column->node && !column->shared && column->node->ncolumns == 1 &&
			column->node->nmembers + column->node->nelements + column->node->nzipped == 0)
			column->node->only = column;
	}
	return plan;
}
