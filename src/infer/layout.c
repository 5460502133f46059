/*
 * layout.c
 *	  Find the records of a sample of JSON.
 *
 * In this order: an array at the root; a list of objects whose arrays run beside one array of times
 * outside of it; arrays beside each other in one object; the longest list of objects; else the root
 * is the only record. A root with an identifier of its own is a record whatever lists it has.
 */
#include "postgres.h"
#include "infer/layout.h"

#include "infer/column_name.h"

/* How deep lists are looked for. */
#define LIST_LEVELS 4
/* Arrays of fewer elements run beside each other by chance. */
#define LEAST_ZIP 2

static bool
IsScalarArray(const ShapeNode *node)
{
	return ShapeIsArray(node) && node->element != NULL && ShapeIsScalar(node->element);
}

static bool
IsRow(const ShapeNode *node)
{
	return ShapeIsArray(node) && node->npositions > 0;
}

static bool
IsListOfRows(const ShapeNode *node)
{
	return ShapeIsArray(node) && node->element != NULL && IsRow(node->element);
}

/* Lists, and objects with arrays side by side, that objects alone lead to. */
typedef struct Found
{
	List	   *lists;			/* ShapeNode *, arrays of objects or of arrays */
	List	   *groups;			/* ShapeNode *, objects */
} Found;

/* Arrays of scalars in this object that are as long as each other; the longest such group. */
static List *
ArraysBeside(const ShapeNode *object)
{
	List	   *best = NIL;

	for (int i = 0; i < object->nmembers; i++)
	{
		ShapeNode  *one = object->members[i];
		List	   *group = NIL;

		if (!IsScalarArray(one) || one->longest < LEAST_ZIP)
			continue;
		for (int k = i; k < object->nmembers; k++)
		{
			ShapeNode  *other = object->members[k];

			if (IsScalarArray(other) && other->lengths == one->lengths &&
				other->arrays == one->arrays)
				group = lappend(group, other);
		}
		if (list_length(group) > list_length(best))
			best = group;
	}
	return list_length(best) > 1 ? best : NIL;
}

static void
FindLists(Found *found, ShapeNode *node, int level)
{
	if (ArraysBeside(node) != NIL)
		found->groups = lappend(found->groups, node);
	for (int i = 0; i < node->nmembers; i++)
	{
		ShapeNode  *member = node->members[i];

		if (LayoutIsList(member) || IsListOfRows(member))
			found->lists = lappend(found->lists, member);
		else if (ShapeIsObject(member) && level < LIST_LEVELS)
			FindLists(found, member, level + 1);
	}
}

static InferredTable *
MakeTable(const char *name, const ShapeNode *record, char *reason)
{
	InferredTable *table = palloc0(sizeof(InferredTable));

	table->name = name;
	table->record = record;
	table->reason = reason;
	return table;
}

static void
AddScalarsOutside(InferredTable *table, const ShapeNode *object)
{
	for (int i = 0; i < object->nmembers; i++)
		if (ShapeIsScalar(object->members[i]) && !ShapeIsVoid(object->members[i]) &&
			strncmp(object->members[i]->name, "generationtime", 14) != 0)
			LayoutAddOutside(table, object->members[i], false);
}

/* ---- children ---- */

static List *AddChildren(List *tables, InferredTable *parent, const ShapeNode *node);

/* orders_lines, however deep the list is; a number tells those of one name apart. */
static char *
ChildTableName(List *tables, const InferredTable *parent, const ShapeNode *list)
{
	List	   *names = NIL;
	ListCell   *lc;

	while (parent->parent != NULL)
		parent = parent->parent;
	foreach(lc, tables)
		names = lappend(names, unconstify(char *, ((InferredTable *) lfirst(lc))->name));
	return ColumnNameTake(&names, psprintf("%s_%s", parent->name, ColumnNameClean(list->name)));
}

static List *
AddChild(List *tables, InferredTable *parent, const ShapeNode *list)
{
	InferredTable *child = MakeTable(ChildTableName(tables, parent, list), list->element,
									 psprintf("list within %s", parent->name));

	child->parent = parent;
	child->records = psprintf("%s[*]", LayoutPath(list));
	return AddChildren(lappend(tables, child), child, list->element);
}

/* Lists anywhere in the objects of a record. */
static List *
AddChildren(List *tables, InferredTable *parent, const ShapeNode *node)
{
	for (int i = 0; i < node->nmembers; i++)
	{
		if (LayoutIsList(node->members[i]))
			tables = AddChild(tables, parent, node->members[i]);
		else if (ShapeIsObject(node->members[i]) && !node->members[i]->is_crowded)
			tables = AddChildren(tables, parent, node->members[i]);
	}
	return tables;
}

/* ---- records ---- */

static List *
TableOfList(List *tables, const char *name, const ShapeNode *list)
{
	InferredTable *table = MakeTable(name, list->element, psprintf(INT64_FORMAT " records in %s",
																  list->elements, LayoutPath(list)));

	if (list->parent != NULL || IsListOfRows(list))
		table->records = psprintf("%s[*]", LayoutPath(list));
	LayoutAddFields(table, NIL);
	tables = lappend(tables, table);
	if (IsListOfRows(list))
		return tables;
	tables = AddChildren(tables, table, list->element);
	/* a child says where its parent's records are */
	if (table->records == NULL && llast(tables) != table)
		table->records = "$[*]";
	return tables;
}

/* The array outside of a list that arrays within all its elements run beside; NULL: none. */
static ShapeNode *
ArrayOutside(const ShapeNode *root, const ShapeNode *list, List **inside)
{
	for (int i = 0; i < root->nmembers; i++)
	{
		ShapeNode  *outside = root->members[i];

		*inside = NIL;
		if (!IsScalarArray(outside) || outside->longest < LEAST_ZIP)
			continue;
		for (int k = 0; k < list->element->nmembers; k++)
		{
			ShapeNode  *array = list->element->members[k];

			if (IsScalarArray(array) && array->arrays + array->nulls == list->elements &&
				array->shortest == outside->longest && array->longest == outside->longest)
				*inside = lappend(*inside, array);
		}
		if (*inside != NIL)
			return outside;
	}
	return NULL;
}

static InferredTable *
TableBeside(const char *name, const ShapeNode *root, const ShapeNode *list)
{
	List	   *inside;
	ShapeNode  *outside = IsListOfRows(list) ? NULL : ArrayOutside(root, list, &inside);
	InferredTable *table;

	if (outside == NULL)
		return NULL;
	table = MakeTable(name, list->element, psprintf("arrays in %s[*] are as long as %s",
													LayoutPath(list), LayoutPath(outside)));
	table->records = psprintf("%s[*]", LayoutPath(list));
	LayoutAddOutside(table, outside, true);
	LayoutAddFields(table, inside);
	return table;
}

static InferredTable *
TableOfGroup(const char *name, const ShapeNode *root, const ShapeNode *object)
{
	List	   *arrays = ArraysBeside(object);
	InferredTable *table = MakeTable(name, root, psprintf("%d arrays of equal length in %s",
														  list_length(arrays), LayoutPath(object)));
	ListCell   *lc;

	table->records = "$";
	foreach(lc, arrays)
		LayoutAddOutside(table, lfirst(lc), true);
	AddScalarsOutside(table, root);
	return table;
}

static List *
TableOfRoot(const char *name, const ShapeNode *root, bool is_lines)
{
	InferredTable *table = MakeTable(name, root, is_lines ?
									 psprintf(INT64_FORMAT " lines", root->seen) :
									 "the response is one record");
	List	   *tables = list_make1(table);

	if (!is_lines)
		table->records = "$";
	LayoutAddFields(table, NIL);
	if (list_length(table->columns) == 0 && root->nmembers == 0)
	{
		InferredColumn *column = LayoutAddColumn(table, "response");

		column->type = "jsonb";
		column->path = "$";
		column->doubt = "the sample has no fields";
	}
	/* the path of a child goes on from that of its parent, which lines do not have */
	return is_lines ? tables : AddChildren(tables, table, root);
}

static const ShapeNode *
LongestList(List *lists)
{
	const ShapeNode *best = NULL;
	ListCell   *lc;

	foreach(lc, lists)
		if (best == NULL || ((ShapeNode *) lfirst(lc))->elements > best->elements)
			best = lfirst(lc);
	return best;
}

static bool
HasOwnIdentifier(const ShapeNode *root)
{
	for (int i = 0; i < root->nmembers; i++)
		if (ShapeIsScalar(root->members[i]) && !ShapeIsVoid(root->members[i]) &&
			NameSaysKey(ColumnNameClean(root->members[i]->name)) == 1)
			return true;
	return false;
}

static char *
NameOf(const char *name, const ShapeNode *node)
{
	return psprintf("%s_%s", name, ColumnNameClean(node->name));
}

static List *
TablesOfGroups(const char *name, const ShapeNode *root, List *groups)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, groups)
	{
		const ShapeNode *object = lfirst(lc);

		tables = lappend(tables, TableOfGroup(object->parent == NULL || list_length(groups) == 1 ?
											  name : NameOf(name, object), root, object));
	}
	return tables;
}

/* beside is the table of the longest one with an array outside of it; NULL: there is none. */
static List *
TablesOfLists(const char *name, List *lists, const ShapeNode *longest, InferredTable *beside)
{
	List	   *tables = beside != NULL ? list_make1(beside) : TableOfList(NIL, name, longest);
	ListCell   *lc;

	foreach(lc, lists)
		if (lfirst(lc) != longest)
			tables = TableOfList(tables, NameOf(name, lfirst(lc)), lfirst(lc));
	return tables;
}

static int64
LongestGroup(List *groups)
{
	int64		longest = 0;
	ListCell   *lc;

	foreach(lc, groups)
		longest = Max(longest, ((ShapeNode *) linitial(ArraysBeside(lfirst(lc))))->longest);
	return longest;
}

static List *
TablesOfObject(const char *name, ShapeNode *root)
{
	Found		found = {NIL, NIL};
	const ShapeNode *longest;
	InferredTable *beside;

	if (HasOwnIdentifier(root))
		return TableOfRoot(name, root, false);
	FindLists(&found, root, 0);
	longest = LongestList(found.lists);
	beside = longest != NULL ? TableBeside(name, root, longest) : NULL;
	if (longest != NULL && (found.groups == NIL || beside != NULL ||
							LongestGroup(found.groups) < longest->elements))
		return TablesOfLists(name, found.lists, longest, beside);
	if (found.groups != NIL)
		return TablesOfGroups(name, root, found.groups);
	return TableOfRoot(name, root, false);
}

/* An array of scalars: each is a record. */
static List *
TableOfScalars(const char *name, const ShapeNode *root)
{
	InferredTable *table = MakeTable(name, root, psprintf(INT64_FORMAT " values", root->elements));

	table->records = "$";
	LayoutAddOutside(table, root, true);
	((InferredColumn *) linitial(table->columns))->name = "item";
	return list_make1(table);
}

List *
LayoutOfJson(ShapeNode *root, const char *name, bool is_lines)
{
	if (is_lines)
		return TableOfRoot(name, root, true);
	if (LayoutIsList(root) || IsListOfRows(root))
		return TableOfList(NIL, name, root);
	if (IsScalarArray(root) && !ShapeIsVoid(root->element))
		return TableOfScalars(name, root);
	if (ShapeIsObject(root))
		return TablesOfObject(name, root);
	return TableOfRoot(name, root, false);
}

InferredTable *
LayoutOfRecords(ShapeNode *record, const char *name)
{
	InferredTable *table = MakeTable(name, record, psprintf(INT64_FORMAT " records", record->seen));

	LayoutAddFields(table, NIL);
	return table;
}
