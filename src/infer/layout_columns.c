/*
 * layout_columns.c
 *	  Columns for the fields of a record: objects within it are flattened two levels deep, what is
 *	  deeper is jsonb.
 */
#include "postgres.h"
#include "infer/layout.h"

#include "decode/path.h"
#include "infer/column_name.h"
#include "infer/infer_type.h"

#define FLAT_LEVELS 2
/* Objects with more members than this are kept as jsonb. */
#define FLAT_MEMBERS 60
/* PostgreSQL allows 1,600. */
#define MAX_COLUMNS 1000

bool
LayoutIsList(const ShapeNode *node)
{
	return ShapeIsArray(node) && node->element != NULL && ShapeIsObject(node->element);
}

/* $.orders[*].lines */
char *
LayoutPath(const ShapeNode *node)
{
	if (node->parent == NULL)
		return "$";
	if (node->name != NULL)
		return psprintf("%s.%s", LayoutPath(node->parent), PathStepText(node->name));
	if (node->position >= 0)
		return psprintf("%s[%d]", LayoutPath(node->parent), node->position);
	return psprintf("%s[*]", LayoutPath(node->parent));
}

/* From the record on. */
static char *
RelativePath(const ShapeNode *node, const ShapeNode *record)
{
	char	   *before;

	if (node->parent == record)
		return node->name != NULL ? PathStepText(node->name) : psprintf("[%d]", node->position);
	before = RelativePath(node->parent, record);
	if (node->name != NULL)
		return psprintf("%s.%s", before, PathStepText(node->name));
	return psprintf("%s[*]", before);
}

/* shipping_address_city of shipping.address.city */
static char *
NameWithin(const ShapeNode *node, const ShapeNode *record)
{
	char	   *own = node->name != NULL ? ColumnNameClean(node->name) :
		psprintf("field_%d", node->position + 1);

	if (node->parent == record || node->parent->parent == NULL)
		return own;
	if (node->parent->name == NULL)
		return own;
	return psprintf("%s_%s", NameWithin(node->parent, record), own);
}

InferredColumn *
LayoutAddColumn(InferredTable *table, const char *name)
{
	InferredColumn *column = palloc0(sizeof(InferredColumn));

	column->name = ColumnNameTake(&table->names, name);
	table->columns = lappend(table->columns, column);
	return column;
}

static void
SetType(InferredColumn *column, const ShapeNode *values)
{
	InferredType type = InferType(values, column->name);

	column->type = type.type;
	column->options = type.options;
	column->doubt = type.doubt;
	column->node = values;
}

static bool
HasRoom(InferredTable *table, const ShapeNode *node)
{
	if (list_length(table->columns) < MAX_COLUMNS)
		return true;
	if (list_length(table->columns) == MAX_COLUMNS)
		table->left_out = list_make1(psprintf("fields from %s on have no column", LayoutPath(node)));
	return false;
}

static void
AddField(InferredTable *table, const ShapeNode *node)
{
	InferredColumn *column;
	char	   *path = RelativePath(node, table->record);

	if (!HasRoom(table, node))
		return;
	column = LayoutAddColumn(table, NameWithin(node, table->record));
	SetType(column, node);
	if (strcmp(path, column->name) != 0)
		column->path = path;
}

static void
AddZipped(InferredTable *table, const ShapeNode *node)
{
	InferredColumn *column = LayoutAddColumn(table, NameWithin(node, table->record));

	SetType(column, node->element);
	column->path = psprintf("%s[*]", RelativePath(node, table->record));
	column->zipped = table->has_zip = true;
}

static bool
IsFlattened(const ShapeNode *node, int level)
{
	return level < FLAT_LEVELS && ShapeIsObject(node) && !node->is_crowded &&
		node->nmembers > 0 && node->nmembers <= FLAT_MEMBERS;
}

static void
AddMembers(InferredTable *table, const ShapeNode *node, List *zipped, int level)
{
	for (int i = 0; i < node->nmembers; i++)
	{
		ShapeNode  *member = node->members[i];

		if (list_member_ptr(zipped, member))
			AddZipped(table, member);
		else if (IsFlattened(member, level))
			AddMembers(table, member, zipped, level + 1);
		else if (!LayoutIsList(member) || table->has_zip || zipped != NIL)
			AddField(table, member);
	}
}

void
LayoutAddFields(InferredTable *table, List *zipped)
{
	const ShapeNode *record = table->record;

	for (int i = 0; i < record->npositions; i++)
		AddField(table, record->positions[i]);
	AddMembers(table, record, zipped, 0);
}

void
LayoutAddOutside(InferredTable *table, const ShapeNode *node, bool zipped)
{
	InferredColumn *column = LayoutAddColumn(table, NameWithin(node, NULL));

	SetType(column, zipped ? node->element : node);
	column->path = psprintf("%s%s", LayoutPath(node), zipped ? "[*]" : "");
	column->zipped = zipped;
	column->anchored = true;
	table->has_zip |= zipped;
}
