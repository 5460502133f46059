/*
 * xml_tree.c
 *	  Build the tree of elements from the paths of a specification.
 */
#include "base/compat.h"
#include "decode/xml_tree.h"

#include "catalog/pg_type.h"
#include "decode/arrival.h"
#include "decode/line_column.h"
#include "decode/path.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ---- looking up ---- */

/* Name and prefix of a node; libxml2 leaves a prefix that nobody declared in the name. */
static bool
NameIs(const XmlName *name, const xmlNode *node)
{
	const char *local = (const char *) node->name;
	const char *colon;

	if (node->ns != NULL)
		return strcmp(local, name->local) == 0 &&
			(name->prefix == NULL || (node->ns->prefix != NULL &&
									  strcmp((const char *) node->ns->prefix, name->prefix) == 0));
	colon = strchr(local, ':');
	if (colon == NULL)
		return name->prefix == NULL && strcmp(local, name->local) == 0;
	return strcmp(colon + 1, name->local) == 0 &&
		(name->prefix == NULL || (strlen(name->prefix) == colon - local &&
								  strncmp(local, name->prefix, colon - local) == 0));
}

XmlStep *
XmlStepBelow(const XmlStep *step, const xmlNode *node)
{
	bool		is_attribute = node->type == XML_ATTRIBUTE_NODE;

	for (int i = 0; i < step->nsteps; i++)
		if (step->steps[i]->is_attribute == is_attribute && NameIs(&step->steps[i]->name, node))
			return step->steps[i];
	return NULL;
}

void
XmlStepForget(XmlStep *step)
{
	for (int i = 0; i < step->ncolumns; i++)
		step->columns[i]->count = 0;
	for (int i = 0; i < step->nsteps; i++)
		XmlStepForget(step->steps[i]);
}

/* ---- building ---- */

static void
AddPointer(void ***list, int *n, void *item)
{
	*list = *list ? repalloc(*list, (*n + 1) * sizeof(void *)) : palloc(sizeof(void *));
	(*list)[(*n)++] = item;
}

pg_attribute_noreturn()
static void
PathError(const Path *path, const char *what, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid path \"%s\" of %s", path->text, what),
			 errdetail("%s", detail),
			 errhint("Paths in XML consist of names of elements, with [*] where an element "
					 "repeats in the path of the records, and end with @name for an attribute.")));
	pg_unreachable();
}

/* A name as the path writes it. */
static XmlName
NameOf(const char *text)
{
	const char *colon = strchr(text, ':');

	if (colon == NULL)
		return (XmlName) {NULL, text};
	return (XmlName) {pnstrdup(text, colon - text), colon + 1};
}

static bool
SameText(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static XmlStep *
FindStep(const XmlStep *above, const XmlStep *wanted)
{
	for (int i = 0; i < above->nsteps; i++)
	{
		XmlStep    *step = above->steps[i];

		if (step->is_attribute == wanted->is_attribute &&
			SameText(step->name.local, wanted->name.local) &&
			SameText(step->name.prefix, wanted->name.prefix))
			return step;
	}
	return NULL;
}

/* The steps of a path, a member and the [*] behind it as one. */
static List *
StepsOf(const Path *path, const char *what)
{
	List	   *steps = NIL;

	for (int i = 0; i < path->nsteps; i++)
	{
		const PathStep *from = &path->steps[i];
		XmlStep    *step = palloc0(sizeof(XmlStep));

		if (from->type == STEP_EACH && steps != NIL && !((XmlStep *) llast(steps))->repeats)
		{
			((XmlStep *) llast(steps))->repeats = true;
			continue;
		}
		if (from->type != STEP_MEMBER)
			PathError(path, what, "XML has no array elements and no methods.");
		step->is_attribute = from->name[0] == '@';
		if (step->is_attribute && i + 1 < path->nsteps)
			PathError(path, what, "An attribute must be the last step.");
		step->name = NameOf(from->name + step->is_attribute);
		steps = lappend(steps, step);
	}
	return steps;
}

static XmlStep *
AddStep(XmlStep *above, XmlStep *step)
{
	XmlStep    *found = FindStep(above, step);

	if (found != NULL)
		return found;
	AddPointer((void ***) &above->steps, &above->nsteps, step);
	return step;
}

static XmlStep *
AddRecords(XmlTree *tree, const Path *path)
{
	List	   *steps = StepsOf(path, "option \"records\"");
	XmlStep    *at = tree->root;
	ListCell   *lc;

	if (steps == NIL)
		PathError(path, "option \"records\"", "The path must name the root element.");
	foreach(lc, steps)
	{
		XmlStep    *step = lfirst(lc);

		if (step->is_attribute)
			PathError(path, "option \"records\"", "Records must be elements.");
		if (at == tree->root && step->repeats)
			PathError(path, "option \"records\"", "A page has one root element.");
		at->above_record = true;
		at = AddStep(at, step);
		at->on_way = true;
	}
	at->is_record = true;
	return at;
}

/* Where a column's path begins, and the steps of it that are left. */
static void
AddColumnPath(XmlTree *tree, XmlStep *record, XmlColumn *column, const Path *path)
{
	const char *what = psprintf("column \"%s\"", column->converter.column);
	List	   *steps = StepsOf(path, what);
	XmlStep    *at = path->absolute ? tree->root : record;
	ListCell   *lc;

	column->is_outside = path->absolute;
	foreach(lc, steps)
	{
		XmlStep    *step = lfirst(lc);
		XmlStep    *found = FindStep(at, step);

		if (at == tree->root && found == NULL)
			PathError(path, what, psprintf("The path must begin as that of the records does, \"%s\".",
										   tree->records_text));
		if (step->repeats && (found == NULL || !found->on_way))
			PathError(path, what, "[*] is supported in option \"records\" only; a column of an "
					  "array type takes all elements of a name.");
		if (found != NULL && found->on_way && found->repeats != step->repeats)
			PathError(path, what, psprintf("The path diverges from that of the records, \"%s\".",
										   tree->records_text));
		at = AddStep(at, step);
		if (at == record)
			column->is_outside = false;
	}
	if (at->above_record)
		PathError(path, what, "The value at this path contains the records.");
	AddPointer((void ***) &at->columns, &at->ncolumns, column);
}

static void
CheckType(XmlColumn *column)
{
	const Converter *c = &column->converter;
	char		category;
	bool		preferred;

	if (c->takes_json)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot be read from XML", c->column,
						format_type_be(c->type)),
				 errhint("Declare the column as text or xml.")));
	get_type_category_preferred(getBaseType(c->type), &category, &preferred);
	column->is_text = category == TYPCATEGORY_STRING;
	column->is_array = OidIsValid(get_base_element_type(c->type));
	column->is_markup = getBaseType(c->type) == XMLOID;
}

static const char *
InUtf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

static void
AddColumn(XmlTree *tree, XmlStep *record, TupleDesc desc, const DecodeColumn *given)
{
	Form_pg_attribute att = TupleDescAttr(desc, given->attnum - 1);
	XmlColumn  *column = &tree->columns[tree->ncolumns];
	const char *name;

	if (att->attisdropped)
		return;
	tree->ncolumns++;
	ConverterInit(&column->converter, att, given);
	name = column->converter.column;
	column->constant = given->constant;
	column->kind = given->is_param || given->is_list ? XML_COLUMN_PARAM :
		given->is_line ? XML_COLUMN_LINE : given->is_arrival ? XML_COLUMN_ARRIVAL : XML_COLUMN_VALUE;
	if (given->is_list)
		column->constant = record->name.local;
	if (given->is_line)
		LineColumnCheck(att);
	if (given->is_arrival)
		ArrivalColumnCheck(att);
	if (given->is_key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" with lineage \"key\" requires JSON", name)));
	if (column->kind != XML_COLUMN_VALUE)
		return;
	CheckType(column);
	initStringInfo(&column->buffer);
	AddColumnPath(tree, record, column, given->path == NULL ? PathOfMember(InUtf8(name)) :
				  PathParse(InUtf8(given->path), psprintf("column \"%s\"", name)));
}

XmlTree *
XmlTreeCreate(const DecodeSpec *spec)
{
	XmlTree    *tree = palloc0(sizeof(XmlTree));
	XmlStep    *record;

	if (list_length(PathsSplit(spec->records)) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("records of XML must have one path, not several: \"%s\"", spec->records),
				 errhint("Declare a foreign table for each.")));
	tree->records_text = spec->records;
	tree->root = palloc0(sizeof(XmlStep));
	tree->root->on_way = true;
	tree->record = record = AddRecords(tree, PathParse(InUtf8(spec->records), "option \"records\""));
	tree->columns = palloc0(sizeof(XmlColumn) * Max(spec->ncolumns, 1));
	for (int i = 0; i < spec->ncolumns; i++)
		AddColumn(tree, record, spec->desc, &spec->columns[i]);
	return tree;
}
