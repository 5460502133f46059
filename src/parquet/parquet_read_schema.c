/*
 * parquet_read_schema.c
 *	  The schema of a Parquet file that is read.
 *
 * A file has its schema as a list of nodes in the order of their beginnings, each with the number of its
 * children. So there are no cycles, but the numbers may be wrong.
 */
#include "postgres.h"

#include "parquet/parquet_read_schema.h"

#include "parquet/parquet_fail.h"

#define MAX_NODES 100000
#define MAX_LEVELS 100			/* of groups in groups */
#define MAX_WIDTH (1024 * 1024)

/* A node as the file has it. */
typedef struct Element
{
	ParquetNode *node;
	ParquetConverted converted;
	ParquetLogical logical;
	bool		has_type;
	bool		is_signed;		/* of a logical integer */
	int			nchildren;
} Element;

/* ---- elements of the list ---- */

static void
ReadUnit(ThriftReader *r, const ThriftField *outer, ParquetNode *node)
{
	ThriftField field = {0};

	ThriftReadStruct(r, outer);
	while (ThriftReadField(r, &field))
	{
		node->unit = field.id;
		ThriftReadPast(r, &field);
	}
}

/* Of a time or timestamp. */
static void
ReadTime(ThriftReader *r, ParquetNode *node)
{
	ThriftField field = {0};

	while (ThriftReadField(r, &field))
	{
		if (field.id == 1)
			node->is_utc = ThriftReadBool(r, &field);
		else if (field.id == 2)
			ReadUnit(r, &field, node);
		else
			ThriftReadPast(r, &field);
	}
}

static void
ReadDecimal(ThriftReader *r, ParquetNode *node)
{
	ThriftField field = {0};

	while (ThriftReadField(r, &field))
	{
		if (field.id == 1)
			node->scale = ThriftReadInt32(r, &field);
		else if (field.id == 2)
			node->precision = ThriftReadInt32(r, &field);
		else
			ThriftReadPast(r, &field);
	}
}

static void
ReadInteger(ThriftReader *r, Element *e)
{
	ThriftField field = {0};

	while (ThriftReadField(r, &field))
	{
		if (field.id == 1)
			e->node->bits = ThriftReadInt32(r, &field);
		else if (field.id == 2)
			e->is_signed = ThriftReadBool(r, &field);
		else
			ThriftReadPast(r, &field);
	}
}

/* A union: one field, whose number says what it is. */
static void
ReadLogical(ThriftReader *r, const ThriftField *outer, Element *e)
{
	ThriftField field = {0};

	ThriftReadStruct(r, outer);
	while (ThriftReadField(r, &field))
	{
		if (field.type != THRIFT_STRUCT)
		{
			ThriftFail(r, "a logical type is no struct");
			return;
		}
		e->logical = field.id;
		switch (e->logical)
		{
			case PARQUET_LOGICAL_DECIMAL:
				ReadDecimal(r, e->node);
				break;
			case PARQUET_LOGICAL_TIME:
			case PARQUET_LOGICAL_TIMESTAMP:
				ReadTime(r, e->node);
				break;
			case PARQUET_LOGICAL_INTEGER:
				ReadInteger(r, e);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
}

static char *
CopyName(ThriftReader *r, const ThriftField *field)
{
	size_t		len;
	const char *bytes = ThriftReadBytes(r, field, &len);
	char	   *name = palloc(len + 1);

	memcpy(name, bytes, len);
	name[len] = '\0';
	return name;
}

static void
ReadElement(ThriftReader *r, Element *e)
{
	ParquetNode *node = e->node;
	ThriftField field = {0};

	while (ThriftReadField(r, &field))
	{
		switch (field.id)
		{
			case 1:
				node->type = ThriftReadInt32(r, &field);
				e->has_type = true;
				break;
			case 2:
				node->width = ThriftReadInt32(r, &field);
				break;
			case 3:
				node->repetition = ThriftReadInt32(r, &field);
				break;
			case 4:
				node->name = CopyName(r, &field);
				break;
			case 5:
				e->nchildren = ThriftReadInt32(r, &field);
				break;
			case 6:
				e->converted = ThriftReadInt32(r, &field);
				break;
			case 7:
				node->scale = ThriftReadInt32(r, &field);
				break;
			case 8:
				node->precision = ThriftReadInt32(r, &field);
				break;
			case 10:
				ReadLogical(r, &field, e);
				break;
			default:
				ThriftReadPast(r, &field);
		}
	}
}

/* ---- what a leaf means ---- */

static bool
Says(const Element *e, ParquetLogical logical, ParquetConverted converted)
{
	return e->logical == logical || (e->logical == PARQUET_NO_LOGICAL && e->converted == converted);
}

static bool
HasDecimal(const Element *e)
{
	const ParquetNode *node = e->node;

	return Says(e, PARQUET_LOGICAL_DECIMAL, PARQUET_CONVERTED_DECIMAL) && node->precision > 0 &&
		node->scale >= 0 && node->scale <= node->precision;
}

/* Of integers, as old files annotate them. */
static ParquetMeaning
ConvertedInteger(const Element *e)
{
	ParquetNode *node = e->node;
	int			converted = e->converted;

	node->bits = node->type == PARQUET_INT32 ? 32 : 64;
	if (e->logical != PARQUET_NO_LOGICAL || converted < PARQUET_CONVERTED_UINT_8 ||
		converted > PARQUET_CONVERTED_UINT_64)
		return PARQUET_MEANS_SIGNED;
	node->bits = 8 << (converted - PARQUET_CONVERTED_UINT_8);
	return PARQUET_MEANS_UNSIGNED;
}

static ParquetMeaning
MeaningOfInteger(const Element *e)
{
	if (e->logical == PARQUET_LOGICAL_INTEGER)
		return e->is_signed ? PARQUET_MEANS_SIGNED : PARQUET_MEANS_UNSIGNED;
	return ConvertedInteger(e);
}

static bool
HasUnit(const Element *e, ParquetLogical logical)
{
	return e->logical == logical && e->node->unit >= PARQUET_MILLIS && e->node->unit <= PARQUET_NANOS;
}

/* Before logical types, times were instants. */
static bool
TakesConvertedUnit(Element *e, ParquetConverted millis, ParquetConverted micros)
{
	if (e->logical != PARQUET_NO_LOGICAL || (e->converted != millis && e->converted != micros))
		return false;
	e->node->unit = e->converted == millis ? PARQUET_MILLIS : PARQUET_MICROS;
	e->node->is_utc = true;
	return true;
}

static ParquetMeaning
MeaningOfNumber(Element *e)
{
	bool		is_long = e->node->type == PARQUET_INT64;

	if (HasDecimal(e))
		return PARQUET_MEANS_DECIMAL;
	if (!is_long && Says(e, PARQUET_LOGICAL_DATE, PARQUET_CONVERTED_DATE))
		return PARQUET_MEANS_DATE;
	if (HasUnit(e, PARQUET_LOGICAL_TIME) ||
		TakesConvertedUnit(e, PARQUET_CONVERTED_TIME_MILLIS, PARQUET_CONVERTED_TIME_MICROS))
		return PARQUET_MEANS_TIME;
	if (is_long &&
		(HasUnit(e, PARQUET_LOGICAL_TIMESTAMP) ||
		 TakesConvertedUnit(e, PARQUET_CONVERTED_TIMESTAMP_MILLIS, PARQUET_CONVERTED_TIMESTAMP_MICROS)))
		return PARQUET_MEANS_TIMESTAMP;
	if (e->logical == PARQUET_LOGICAL_UNKNOWN)
		return PARQUET_MEANS_NOTHING;
	return MeaningOfInteger(e);
}

static ParquetMeaning
MeaningOfBytes(const Element *e)
{
	const ParquetNode *node = e->node;

	if (HasDecimal(e))
		return PARQUET_MEANS_DECIMAL;
	if (e->logical == PARQUET_LOGICAL_UUID && node->width == 16)
		return PARQUET_MEANS_UUID;
	if (e->logical == PARQUET_LOGICAL_FLOAT16 && node->width == 2)
		return PARQUET_MEANS_HALF;
	if (e->logical == PARQUET_NO_LOGICAL && e->converted == PARQUET_CONVERTED_INTERVAL && node->width == 12)
		return PARQUET_MEANS_INTERVAL;
	if (e->logical == PARQUET_LOGICAL_UNKNOWN)
		return PARQUET_MEANS_NOTHING;
	if (Says(e, PARQUET_LOGICAL_JSON, PARQUET_CONVERTED_JSON))
		return PARQUET_MEANS_JSON;
	if (Says(e, PARQUET_LOGICAL_STRING, PARQUET_CONVERTED_UTF8) ||
		Says(e, PARQUET_LOGICAL_ENUM, PARQUET_CONVERTED_ENUM))
		return PARQUET_MEANS_TEXT;
	return PARQUET_MEANS_BYTES;
}

static ParquetMeaning
MeaningOf(Element *e)
{
	switch (e->node->type)
	{
		case PARQUET_BOOLEAN:
			return e->logical == PARQUET_LOGICAL_UNKNOWN ? PARQUET_MEANS_NOTHING : PARQUET_MEANS_BOOL;
		case PARQUET_INT32:
		case PARQUET_INT64:
			return MeaningOfNumber(e);
		case PARQUET_INT96:
			return PARQUET_MEANS_INT96;
		case PARQUET_FLOAT:
			return PARQUET_MEANS_FLOAT;
		case PARQUET_DOUBLE:
			return PARQUET_MEANS_DOUBLE;
		case PARQUET_BYTE_ARRAY:
		case PARQUET_FIXED_LEN_BYTE_ARRAY:
			return MeaningOfBytes(e);
	}
	ParquetRefuse("type %d of column \"%s\"", e->node->type, e->node->name);
}

static void
FinishLeaf(Element *e)
{
	ParquetNode *node = e->node;

	if (node->type == PARQUET_FIXED_LEN_BYTE_ARRAY && (node->width <= 0 || node->width > MAX_WIDTH))
		ParquetFail("column \"%s\" has values of %d bytes", node->name, node->width);
	node->meaning = MeaningOf(e);
	node->width = ParquetWidth(node->type, node->width);
}

/* ---- the tree ---- */

static ParquetShape
ShapeOf(const Element *e)
{
	if (Says(e, PARQUET_LOGICAL_LIST, PARQUET_CONVERTED_LIST))
		return PARQUET_LIST;
	if (Says(e, PARQUET_LOGICAL_MAP, PARQUET_CONVERTED_MAP) ||
		(e->logical == PARQUET_NO_LOGICAL && e->converted == PARQUET_CONVERTED_MAP_KEY_VALUE))
		return PARQUET_MAP;
	return PARQUET_STRUCT;
}

/* A list is a group of a repeated child; a map is one whose repeated child has a key and a value. */
static void
CheckShape(ParquetNode *node)
{
	const ParquetNode *child = node->first;

	if (node->shape == PARQUET_STRUCT)
		return;
	if (node->nchildren != 1 || child->repetition != PARQUET_REPEATED || node->repetition == PARQUET_REPEATED)
		node->shape = PARQUET_STRUCT;
	else if (node->shape == PARQUET_MAP &&
			 (!child->is_group || child->nchildren != 2 || child->first->is_group ||
			  child->first->repetition == PARQUET_REPEATED))
		node->shape = PARQUET_STRUCT;
}

typedef struct TreeReader
{
	ThriftReader *thrift;
	int			left;			/* elements of the list */
	int			nleaves;
} TreeReader;

static void
SetLevels(ParquetNode *node, ParquetNode *parent)
{
	node->parent = parent;
	if (parent == NULL)
	{
		node->repetition = PARQUET_REQUIRED;
		return;
	}
	if (node->repetition < PARQUET_REQUIRED || node->repetition > PARQUET_REPEATED)
		ParquetFail("column \"%s\" is neither required nor optional nor repeated", node->name);
	node->def_level = parent->def_level + (node->repetition != PARQUET_REQUIRED);
	node->rep_level = parent->rep_level + (node->repetition == PARQUET_REPEATED);
}

static ParquetNode *ReadNode(TreeReader *tree, ParquetNode *parent, int level);

static void
ReadChildren(TreeReader *tree, const Element *e, int level)
{
	ParquetNode **last = &e->node->first;

	for (int i = 0; i < e->nchildren; i++)
	{
		*last = ReadNode(tree, e->node, level + 1);
		last = &(*last)->next;
	}
	e->node->nchildren = e->nchildren;
	e->node->shape = ShapeOf(e);
	CheckShape(e->node);
}

/* A root without children is a table without columns. */
static bool
IsGroup(const Element *e, const ParquetNode *parent)
{
	return e->nchildren > 0 || (parent == NULL && !e->has_type);
}

static ParquetNode *
ReadNode(TreeReader *tree, ParquetNode *parent, int level)
{
	Element		e = {palloc0(sizeof(ParquetNode)), PARQUET_NOT_CONVERTED};
	ParquetNode *node = e.node;

	if (tree->left-- == 0)
		ParquetFail("its schema ends before the last child of a group");
	if (level > MAX_LEVELS)
		ParquetFail("its schema is nested too deeply");
	ReadElement(tree->thrift, &e);
	if (ThriftFailed(tree->thrift))
		ParquetFail("its schema is damaged");
	if (node->name == NULL)
		node->name = palloc0(1);
	SetLevels(node, parent);
	node->leaf = tree->nleaves;
	node->is_group = IsGroup(&e, parent);
	if (e.logical == PARQUET_LOGICAL_VARIANT)
		ParquetRefuse("type VARIANT of column \"%s\"", node->name);
	if (e.nchildren < 0 || (!node->is_group && !e.has_type))
		ParquetFail("column \"%s\" has neither a type nor children", node->name);
	if (node->is_group)
		ReadChildren(tree, &e, level);
	else
	{
		FinishLeaf(&e);
		tree->nleaves++;
	}
	node->nleaves = tree->nleaves - node->leaf;
	return node;
}

static void
CollectLeaves(ParquetNode *node, ParquetNode **leaves)
{
	if (!node->is_group)
		leaves[node->leaf] = node;
	for (ParquetNode *child = node->first; child != NULL; child = child->next)
		CollectLeaves(child, leaves);
}

void
ParquetReadSchema(ThriftReader *r, const ThriftField *field, ParquetSchema *schema)
{
	TreeReader	tree = {r, ThriftReadList(r, field, THRIFT_STRUCT)};

	if (ThriftFailed(r))
		ParquetFail("its schema is damaged");
	if (tree.left > MAX_NODES)
		ParquetRefuse("more than %d columns", MAX_NODES);
	schema->root = ReadNode(&tree, NULL, 0);
	if (tree.left > 0 || !schema->root->is_group)
		ParquetFail("its schema has nodes outside of the root");
	schema->nleaves = tree.nleaves;
	schema->leaves = palloc0(sizeof(ParquetNode *) * Max(tree.nleaves, 1));
	CollectLeaves(schema->root, schema->leaves);
}

/* ---- paths ---- */

static const ParquetNode *
FindBelow(const ParquetNode *group, const char *path)
{
	for (const ParquetNode *child = group->first; child != NULL; child = child->next)
		if (strcmp(child->name, path) == 0)
			return child;
	for (const ParquetNode *child = group->first; child != NULL; child = child->next)
	{
		size_t		len = strlen(child->name);
		const ParquetNode *found;

		if (!child->is_group || child->shape != PARQUET_STRUCT ||
			child->repetition == PARQUET_REPEATED || strncmp(child->name, path, len) != 0 ||
			path[len] != '.')
			continue;
		found = FindBelow(child, path + len + 1);
		if (found != NULL)
			return found;
	}
	return NULL;
}

const ParquetNode *
ParquetFindNode(const ParquetSchema *schema, const char *path)
{
	return FindBelow(schema->root, path);
}

char *
ParquetNodePath(const ParquetNode *node)
{
	size_t		len = 0;
	char	   *path;
	char	   *at;

	for (const ParquetNode *n = node; n->parent != NULL; n = n->parent)
		len += strlen(n->name) + 1;
	path = palloc0(len + 1);
	at = path + len;
	for (const ParquetNode *n = node; n->parent != NULL; n = n->parent)
	{
		*--at = n == node ? '\0' : '.';
		at -= strlen(n->name);
		memcpy(at, n->name, strlen(n->name));
	}
	return path;
}
