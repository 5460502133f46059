/*
 * child_check.c
 *	  Check that a child can be read from the responses of its parent, and knows its parent's key.
 */
#include "base/compat.h"
#include "pipeline/child_check.h"

#include "base/closest_name.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "decode/column_path.h"
#include "merge/strategy.h"
#include "source/pull.h"
#include "source/same_request.h"

/* ---- records ---- */

List *
ChildAncestors(const Pipeline *child)
{
	List	   *sources = NIL;

	for (int32 id = child->parent_id; id != 0;)
	{
		const Pipeline *ancestor = PipelineById(id);

		sources = lcons(SourceDefinitionOf(ancestor), sources);
		id = ancestor->parent_id;
	}
	return sources;
}

static void
CheckMayHaveChildren(const SourceDefinition *parent, const Decoder *decoder)
{
	const char *reason = DecoderWithoutChildren(decoder);

	if (reason != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the records of foreign table \"%s\" cannot have children", parent->relation),
				 errdetail_internal("%s", reason)));
}

static void
CheckHasOneList(const SourceDefinition *source)
{
	if (source->records == NULL || list_length(PathsSplit(source->records)) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("foreign table \"%s\" of a child must have one path in option \"records\"",
						source->relation),
				 errhint("Specify where the nested list is, such as '$.orders[*].lines[*]'.")));
}

/* Rows that come as rows have no lists in them, but a stream may have several tables. */
static void
CheckHasResponses(const SourceDefinition *source)
{
	if (SourceBringsRows(source))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("source \"%s\" has no responses that hold several tables", source->relation),
				 errhint("Parents and children are foreign tables of elt_http or elt_file.")));
}

Decoder *
ChildDecoder(const Pipeline *child, const SourceDefinition *source, List *ancestors)
{
	const SourceDefinition *parent = llast(ancestors);

	if (SourceHasTables(parent) && SourceHasTables(source))
	{
		SourceCheckSameRequest(linitial(ancestors), source);
		return NULL;
	}
	CheckHasResponses(parent);
	CheckHasResponses(source);
	SourceCheckSameRequest(linitial(ancestors), source);
	CheckMayHaveChildren(parent, SourceDecoder(parent));
	CheckHasOneList(source);
	return SourceChildDecoder(source, ancestors);
}

/* ---- the parent's key ---- */

static const SourceColumn *
ColumnOf(const SourceDefinition *source, const char *name)
{
	for (int i = 0; i < source->ncolumns; i++)
		if (strcmp(source->columns[i].name, name) == 0)
			return &source->columns[i];
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("parent_key column \"%s\" does not exist in source \"%s\"", name,
					source->relation),
			 SourceColumnHint(name, source->relid)));
}

static bool
SameText(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Is this column of the child filled with the very value of that of the parent? */
static bool
HoldsColumn(const SourceDefinition *parent, const char *key, const SourceDefinition *child,
			const char *holder)
{
	const SourceColumn *of_parent = ColumnOf(parent, key);
	const SourceColumn *of_child = ColumnOf(child, holder);
	bool		in_array = PathBeginsInArray(child->records);

	if (of_parent->type != of_child->type || of_parent->typmod != of_child->typmod)
		return false;
	if (of_parent->param != NULL || of_child->param != NULL)
		return SameText(of_parent->param, of_child->param);
	if (of_parent->is_line || of_parent->is_list || of_parent->is_arrival ||
		of_parent->is_index || of_child->is_line || of_child->is_list ||
		of_child->is_arrival || of_child->is_index)
		return false;
	if (!SameText(of_parent->format, of_child->format) ||
		!SameText(of_parent->time_zone, of_child->time_zone))
		return false;
	return PathsEqual(ColumnPath(parent->records, in_array, of_parent->path, of_parent->name),
					  ColumnPath(child->records, in_array, of_child->path, of_child->name));
}

static void
ReportNoKeyColumn(const Pipeline *parent, const SourceDefinition *parent_source,
				  const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("parent_key column \"%s\" does not hold a key column of pipeline \"%s\"", column,
					parent->name),
			 errdetail("It must have the type and format of a column of key (%s) and read the same "
					   "value of the response.", QuotedColumns(parent->key, NULL)),
			 errhint("Set its option \"path\" to the place of that column, from the root, such as "
					 "'%s.id'.", parent_source->records ? parent_source->records : "$")));
}

static void
ReportMissingKeyColumn(const Pipeline *parent, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("parent_key does not hold key column \"%s\" of pipeline \"%s\"", column,
					parent->name),
			 errdetail("Without it, the rows of different parents could not be distinguished."),
			 errhint("Add a column for it to the foreign table and to parent_key.")));
}

/* The column of the child that holds a key column of the parent; NULL: none. */
static char *
HolderOf(const SourceDefinition *parent, const char *key, const Pipeline *child,
		 const SourceDefinition *source)
{
	ListCell   *lc;

	foreach(lc, child->parent_key)
		if (HoldsColumn(parent, key, source, lfirst(lc)))
			return lfirst(lc);
	return NULL;
}

static bool
HoldsAny(const Pipeline *parent, const SourceDefinition *parent_source, const char *column,
		 const SourceDefinition *source)
{
	ListCell   *lc;

	foreach(lc, parent->key)
		if (HoldsColumn(parent_source, lfirst(lc), source, column))
			return true;
	return false;
}

void
ChildOrderKey(const Pipeline *parent, const SourceDefinition *parent_source, Pipeline *child,
			  const SourceDefinition *source)
{
	List	   *ordered = NIL;
	ListCell   *lc;

	if (child->parent_key == NIL)
		return;
	foreach(lc, child->parent_key)
		if (!HoldsAny(parent, parent_source, lfirst(lc), source))
			ReportNoKeyColumn(parent, parent_source, lfirst(lc));
	foreach(lc, parent->key)
	{
		char	   *holder = HolderOf(parent_source, lfirst(lc), child, source);

		if (holder == NULL)
			ReportMissingKeyColumn(parent, lfirst(lc));
		ordered = lappend(ordered, holder);
	}
	child->parent_key = ordered;
}

void
ChildCheckKey(const Pipeline *parent, const SourceDefinition *parent_source,
			  const Pipeline *child, const SourceDefinition *source)
{
	ListCell   *key;
	ListCell   *holder;

	if (child->parent_key == NIL)
		return;
	if (list_length(child->parent_key) != list_length(parent->key))
		ReportMissingKeyColumn(parent, llast(parent->key));
	forboth(key, parent->key, holder, child->parent_key)
		if (!HoldsColumn(parent_source, lfirst(key), source, lfirst(holder)))
			ReportNoKeyColumn(parent, parent_source, lfirst(holder));
}

/* ---- the strategy ---- */

static void
CheckParentHasKey(const Pipeline *parent, const Pipeline *child)
{
	if (child->parent_key == NIL || parent->key != NIL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("pipeline \"%s\" has no key that parent_key could hold", parent->name),
			 errhint("Omit parent_key and use strategy \"append\" or \"upsert\", or add the child to "
					 "a pipeline with a key.")));
}

/* Rows that come again must be told apart, unless no response comes again. */
static void
CheckAppendsOnce(const Pipeline *parent, const Pipeline *child)
{
	if (!StrategyAsksOnce(child) || StrategyAsksOnce(PipelineById(parent->root_id)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("strategy \"append\" of a child requires a key"),
			 errdetail("A response that is received again would add its rows again."),
			 errhint("Specify the columns that identify a row, for example the key of the parent "
					 "and a column with lineage \"index\".")));
}

/* The rows of a table in a stream belong to no row of another one. */
static void
CheckIsApart(const Pipeline *child, const SourceDefinition *source)
{
	if (child->parent_key != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parent_key does not apply to source \"%s\"", source->relation),
				 errdetail("Each table of a stream has its own deletes."),
				 errhint("Omit it.")));
	if (strcmp(child->strategy, "upsert") != 0 && strcmp(child->strategy, "append") != 0 &&
		strcmp(child->strategy, "scd2") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"%s\" is not available for source \"%s\"", child->strategy,
						source->relation),
				 errhint("Valid values are \"upsert\", \"append\" and \"scd2\".")));
}

void
ChildCheckStrategy(const Pipeline *parent, const Pipeline *child, const SourceDefinition *source)
{
	bool		replaces = strcmp(child->strategy, "replace") == 0;

	if (SourceHasTables(source))
	{
		CheckIsApart(child, source);
		return;
	}
	CheckParentHasKey(parent, child);
	if (replaces && child->parent_key == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"replace\" of a child requires parent_key"),
				 errdetail("The rows of each parent are replaced by those of its list."),
				 errhint("Specify the columns that hold the key of the parent, or choose strategy "
						 "\"append\" or \"upsert\".")));
	if (!replaces && strcmp(child->strategy, "append") != 0 &&
		strcmp(child->strategy, "upsert") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"%s\" is not available for a child", child->strategy),
				 errhint("Valid values are \"append\", \"upsert\" and \"replace\".")));
	CheckAppendsOnce(parent, child);
}
