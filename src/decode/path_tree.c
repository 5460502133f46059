/*
 * path_tree.c
 *	  Build trees from the paths of a specification.
 */
#include "base/compat.h"

#include "access/htup_details.h"
#include "decode/path_tree.h"

#include "decode/arrival.h"
#include "decode/line_column.h"
#include "mb/pg_wchar.h"

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

PathNode *
PathNodeSearch(PathNode *node, const char *name, size_t len)
{
	int			at = node->hint;

	for (int i = 0; i < node->nmembers; i++)
	{
		PathNode   *member;

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

PathNode *
PathNodeElement(PathNode *node, int64 index)
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
ColumnPathError(const PathColumn *column, const PathTree *tree, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path \"%s\" of column \"%s\" does not match records \"%s\"",
					column->path->text, column->converter.column,
					tree->records_text ? tree->records_text : "$"),
			 errdetail("%s", detail)));
	pg_unreachable();
}

static PathNode *
NewNode(bool is_others)
{
	PathNode   *node = palloc0(sizeof(PathNode));

	node->is_others = is_others;
	PackedInit(&node->array, CurrentMemoryContext);
	return node;
}

static PathNode *
StepInto(PathNode *node, const PathStep *step, bool is_others)
{
	PathNode   *child;

	node->only = NULL;
	if (step->type == STEP_MEMBER)
	{
		child = PathNodeMember(node, step->name, step->name_len);
		if (child)
			return child;
		child = NewNode(is_others);
		child->name = step->name;
		child->name_len = step->name_len;
		AddPointer((void ***) &node->members, &node->nmembers, child);
		return child;
	}
	child = PathNodeElement(node, step->index);
	if (child)
		return child;
	child = NewNode(is_others);
	child->index = step->index;
	AddPointer((void ***) &node->elements, &node->nelements, child);
	return child;
}

/* How many steps the column's path has in common with records. */
static int
CommonLevel(const PathTree *tree, const Path *path)
{
	int			n = 0;

	while (n < tree->nsteps && n < path->nsteps &&
		   PathStepEqual(&tree->steps[n], &path->steps[n]))
		n++;
	return n;
}

/* Below its anchor, a path must not leave by the way that leads to the records. */
static void
CheckFork(const PathTree *tree, const PathColumn *column)
{
	const PathStep *way;
	const PathStep *step;

	if (column->level == tree->nsteps)
		return;
	if (column->level == column->path->nsteps)
		ColumnPathError(column, tree, "The value at this path contains the records.");
	way = &tree->steps[column->level];
	step = &column->path->steps[column->level];
	if (column->level > 0 && tree->steps[column->level - 1].type == STEP_KEYVALUE &&
		step->type == STEP_MEMBER && strcmp(step->name, "key") == 0)
		return;
	if (way->type != step->type || PathStepIterates(way))
		ColumnPathError(column, tree,
						"The path diverges from the path of the records inside an array.");
}

static void
CheckSteps(const PathTree *tree, const PathColumn *column)
{
	const Path *path = column->path;

	for (int i = column->level; i < path->nsteps; i++)
	{
		if (path->steps[i].type == STEP_KEYVALUE)
			ColumnPathError(column, tree, ".* and .keyvalue() are supported in option \"records\" "
							"only.");
		if (path->steps[i].type == STEP_EACH && i < path->nsteps - 1 &&
			!(i == path->nsteps - 2 && path->steps[i + 1].type == STEP_EACH))
			ColumnPathError(column, tree, "[*] must be the last step of the path, or [*][*] the last "
							"two.");
	}
}

/* After .keyvalue() there are a key and a value, nothing else. */
static void
CheckKeyValue(const PathTree *tree, const PathColumn *column)
{
	const PathStep *step;

	if (column->level == 0 || tree->steps[column->level - 1].type != STEP_KEYVALUE)
		return;
	step = &column->path->steps[column->level];
	if (column->level < column->path->nsteps && step->type == STEP_MEMBER &&
		(strcmp(step->name, "value") == 0 ||
		 (strcmp(step->name, "key") == 0 && column->level + 1 == column->path->nsteps)))
		return;
	ColumnPathError(column, tree, "Records of .keyvalue() have only the members \"key\" and "
					"\"value\".");
}

void
PathNodeAddColumn(PathNode *node, PathColumn *column)
{
	AddPointer((void ***) &node->columns, &node->ncolumns, column);
	node->wants_json |= column->converter.takes_json || column->containers != NULL;
	node->only = NULL;
}

static PathNode *
RootOf(PathTree *tree, int level)
{
	if (tree->roots[level] == NULL)
		tree->roots[level] = NewNode(false);
	return tree->roots[level];
}

static void
Anchor(PathTree *tree, PathColumn *column)
{
	Path	   *path = column->path;
	PathNode   *node;

	/* by default the records are the elements of a root array, and $ is the record */
	if (tree->default_records && path->absolute && path->nsteps > 0 &&
		path->steps[0].type == STEP_EACH)
		memmove(path->steps, path->steps + 1, --path->nsteps * sizeof(PathStep));
	if (!path->absolute)
	{
		/* below the record: as if it began with the steps of records */
		Path	   *full = palloc0(sizeof(Path));

		if (tree->nsteps + path->nsteps > PATH_MAX_STEPS)
			ColumnPathError(column, tree, "The combined path has too many steps.");
		full->text = path->text;
		full->nsteps = tree->nsteps + path->nsteps;
		memcpy(full->steps, tree->steps, tree->nsteps * sizeof(PathStep));
		memcpy(full->steps + tree->nsteps, path->steps, path->nsteps * sizeof(PathStep));
		column->path = path = full;
		column->level = tree->nsteps;
	}
	else
		column->level = CommonLevel(tree, path);
	CheckFork(tree, column);
	CheckKeyValue(tree, column);
	CheckSteps(tree, column);
	node = RootOf(tree, column->level);
	column->zipped = path->nsteps > column->level &&
		path->steps[path->nsteps - 1].type == STEP_EACH;
	column->nested = path->nsteps > column->level + 1 && column->zipped &&
		path->steps[path->nsteps - 2].type == STEP_EACH;
	if (column->nested)
		PackedInit(&column->inner, CurrentMemoryContext);
	for (int i = column->level; i < path->nsteps - column->zipped - column->nested; i++)
		node = StepInto(node, &path->steps[i], false);
	column->node = node;
	if (column->zipped)
		AddPointer((void ***) &node->zipped, &node->nzipped, column);
	else
		PathNodeAddColumn(node, column);
}

PathNode *
PathTreePlace(PathTree *tree, int root, const Path *path, int level)
{
	PathNode   *node = RootOf(tree, root);

	for (int i = level; i < path->nsteps; i++)
		node = StepInto(node, &path->steps[i], true);
	return node;
}

/* Pages are UTF-8, whatever the database is. */
static const char *
InUtf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

Path *
RecordsPathRead(const char *records)
{
	return PathParse(InUtf8(records), "option \"records\"");
}

static void
ReadRecordsPath(PathTree *tree, const char *records)
{
	Path	   *path;

	tree->default_records = records == NULL;
	tree->records_text = records ? pstrdup(records) : NULL;
	if (records == NULL)
		return;
	path = RecordsPathRead(records);
	tree->list_name = pg_any_to_server(PathName(path), strlen(PathName(path)), PG_UTF8);
	tree->nsteps = path->nsteps;
	memcpy(tree->steps, path->steps, path->nsteps * sizeof(PathStep));
	for (int i = 0; i + 1 < path->nsteps; i++)
	{
		if (path->steps[i].type == STEP_KEYVALUE &&
			(path->steps[i + 1].type != STEP_MEMBER ||
			 strcmp(path->steps[i + 1].name, "value") != 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid path \"%s\" of option \"records\"", records),
					 errdetail("Only .value can follow .keyvalue().")));
	}
}

static int
LastSingle(const PathTree *tree, DecodeFraming framing)
{
	int			level = 0;

	if (framing != DECODE_DOCUMENT)
		return -1;
	while (level < tree->nsteps && !PathStepIterates(&tree->steps[level]))
		level++;
	return level;
}

static Path *
KeyPath(const PathTree *tree, const PathColumn *column)
{
	Path	   *path = PathOfKey(tree->steps, tree->nsteps);

	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lineage \"key\" of column \"%s\" does not match records \"%s\"",
						column->converter.column,
						tree->records_text ? tree->records_text : "$"),
				 errdetail("The path of the records leads through no object whose members are "
						   "iterated."),
				 errhint("Specify option \"records\" with .*, such as '$.rates.*'.")));
	return path;
}

static Path *
ColumnPath(const PathTree *tree, const PathColumn *column, const DecodeColumn *given)
{
	if (given->is_key)
		return KeyPath(tree, column);
	if (given->path == NULL)
		return PathOfMember(InUtf8(column->converter.column));
	return PathParse(InUtf8(given->path), psprintf("column \"%s\"", column->converter.column));
}

static void
AddColumn(PathTree *tree, TupleDesc desc, const DecodeColumn *given)
{
	PathColumn *column = &tree->columns[tree->ncolumns];
	Form_pg_attribute att;

	if (given->attnum < 1 || given->attnum > desc->natts)
		elog(ERROR, "no attribute %d to decode", given->attnum);
	att = TupleDescAttr(desc, given->attnum - 1);
	if (att->attisdropped)
		return;
	if (given->is_line)
	{
		LineColumnCheck(att);
		tree->line_attindex = given->attnum - 1;
		tree->line_type = att->atttypid;
		return;
	}
	if (given->is_index)
	{
		IndexColumnCheck(att);
		tree->index_attindex = given->attnum - 1;
		tree->index_type = att->atttypid;
		return;
	}
	if (given->is_arrival)
	{
		ArrivalColumnCheck(att);
		tree->arrival_attindex = given->attnum - 1;
		return;
	}
	tree->ncolumns++;
	ConverterInit(&column->converter, att, given);
	column->literals = ConverterOfLiterals(&column->converter);
	column->containers = given->is_raw ? &column->converter
		: ConverterOfContainers(&column->converter);
	column->direct = !column->converter.takes_json && column->converter.spelling == NULL;
	tree->checks_null |= column->converter.checks_null;
	column->optional = given->optional;
	column->connect = given->connect;
	column->is_param = given->is_param || given->is_list;
	column->constant = given->is_list ? tree->list_name :
		given->constant ? pstrdup(given->constant) : NULL;
	if (column->is_param)
	{
		/* what a request says is text: only the input function knows whether it is JSON */
		if (column->converter.takes_json)
			column->converter.kind = CONVERT_INPUT;
		return;
	}
	column->path = ColumnPath(tree, column, given);
	Anchor(tree, column);
	tree->has_zip |= column->zipped;
	tree->has_nested |= column->nested;
}

pg_attribute_noreturn()
static void
NotWithin(const PathTree *tree, const char *parent)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("records \"%s\" of a child do not continue records \"%s\" of its parent",
					tree->records_text ? tree->records_text : "$", parent ? parent : "$"),
			 errhint("The path must begin with that of the parent, such as '$.orders[*].lines[*]' "
					 "for '$.orders[*]'.")));
	pg_unreachable();
}

/* By default the parent's records are the elements of a root array, or the root. */
static int
DefaultLevel(const PathTree *tree)
{
	return tree->nsteps > 0 && tree->steps[0].type == STEP_EACH ? 1 : 0;
}

/* Where the records of a parent stand on the way to these. */
static int
LevelOfParent(const PathTree *tree, const char *parent)
{
	Path	   *path;

	if (parent == NULL)
		return DefaultLevel(tree);
	path = RecordsPathRead(parent);
	if (CommonLevel(tree, path) < path->nsteps)
		NotWithin(tree, parent);
	return path->nsteps;
}

static void
PlaceParents(PathTree *tree, List *ancestors)
{
	int			n = list_length(ancestors);

	tree->parent_level = tree->grandparent_level = -1;
	tree->last_strict = tree->last_single;
	if (n == 0)
		return;
	tree->parent_level = LevelOfParent(tree, list_nth(ancestors, n - 1));
	tree->parent_may_be_root = llast(ancestors) == NULL;
	if (tree->parent_level >= tree->nsteps)
		NotWithin(tree, list_nth(ancestors, n - 1));
	if (n > 1)
		tree->grandparent_level = LevelOfParent(tree, list_nth(ancestors, n - 2));
	tree->last_strict = Min(tree->last_single, tree->parent_level - 1);
}

/* What containers its own columns expect the records to be. */
static void
NoteShape(PathTree *tree)
{
	const PathNode *root = tree->roots[tree->nsteps];

	if (root == NULL)
		return;
	tree->wants_members = root->nmembers > 0;
	tree->wants_elements = root->nelements > 0 || root->nzipped > 0;
}

PathTree *
PathTreeCreate(const DecodeSpec *spec)
{
	PathTree   *tree = palloc0(sizeof(PathTree));

	tree->line_attindex = tree->arrival_attindex = tree->index_attindex = -1;
	tree->records_optional = spec->records_optional;
	ReadRecordsPath(tree, spec->records);
	tree->last_single = LastSingle(tree, spec->framing);
	PlaceParents(tree, spec->ancestors);
	tree->columns = palloc0(Max(spec->ncolumns, 1) * sizeof(PathColumn));
	for (int i = 0; i < spec->ncolumns; i++)
		AddColumn(tree, spec->desc, &spec->columns[i]);
	for (int i = 0; i < tree->ncolumns; i++)
	{
		PathColumn *column = &tree->columns[i];

		column->shared = !column->zipped &&
			(tree->has_zip || column->is_param || column->level < tree->nsteps);
		tree->has_shared |= column->shared;
		if (column->node && !column->shared && column->node->ncolumns == 1 &&
			column->node->nmembers + column->node->nelements + column->node->nzipped == 0)
			column->node->only = column;
	}
	NoteShape(tree);
	return tree;
}
