/*
 * spec_schema.c
 *	  Turn schemas of OpenAPI 3.0 and 3.1 into shapes.
 *
 * allOf is one object with all members. Of oneOf and anyOf the only alternative besides null counts;
 * several objects are one with the members of all.
 */
#include "postgres.h"
#include "infer/spec_schema.h"

#include "infer/column_name.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"

#define MAX_LEVELS 12
#define LEAST_LEVELS 2
#define MAX_REFERENCES 32

/* Schemas that refer to others many times grow with each level. */
#define MAX_VALUES 20000

typedef struct Building
{
	const SpecNode *document;
	List	   *within;			/* const SpecNode *, schemas that are being read */
	int			levels;			/* that are read at most */
	int			values;			/* read so far */
} Building;

/* ---- references ---- */

/* A step of a JSON pointer, with ~1 for / and ~0 for ~. */
static char *
PointerStep(const char *start, size_t len)
{
	char	   *step = palloc(len + 1);
	size_t		n = 0;

	for (size_t i = 0; i < len; i++)
	{
		bool		escaped = start[i] == '~' && i + 1 < len;

		step[n++] = !escaped ? start[i] : start[++i] == '1' ? '/' : '~';
	}
	step[n] = '\0';
	return step;
}

static const SpecNode *
Point(const SpecNode *document, const char *pointer)
{
	const SpecNode *node = document;

	while (node != NULL && *pointer == '/')
	{
		size_t		len = strcspn(pointer + 1, "/");

		node = SpecMember(node, PointerStep(pointer + 1, len));
		pointer += len + 1;
	}
	return *pointer == '\0' ? node : NULL;
}

const SpecNode *
SpecResolve(const SpecNode *document, const SpecNode *node)
{
	for (int i = 0; node != NULL && i < MAX_REFERENCES; i++)
	{
		const char *ref = SpecText(node, "$ref");

		if (ref == NULL)
			return node;
		/* another document is not fetched */
		node = ref[0] == '#' ? Point(document, ref + 1) : NULL;
	}
	return NULL;
}

/* ---- values ---- */

static void
SetUnknown(ShapeNode *shape)
{
	shape->objects = shape->arrays = 1;
}

static bool
TypeIs(const SpecNode *schema, const char *type)
{
	const SpecNode *member = SpecMember(schema, "type");

	if (member == NULL)
		return false;
	if (member->kind == SPEC_TEXT)
		return strcmp(member->text, type) == 0;
	for (const SpecNode *one = member->first; one != NULL; one = one->next)
		if (one->kind == SPEC_TEXT && strcmp(one->text, type) == 0)
			return true;
	return false;
}

static TextClass
ClassOfFormat(const char *format)
{
	if (format == NULL)
		return TEXT_OTHER;
	if (strcmp(format, "date") == 0)
		return TEXT_DATE;
	if (strcmp(format, "date-time") == 0)
		return TEXT_TIMESTAMPTZ;
	return strcmp(format, "uuid") == 0 ? TEXT_UUID : TEXT_OTHER;
}

static void
SetText(ShapeNode *shape, const SpecNode *schema)
{
	const char *format = SpecText(schema, "format");
	bool		is_url = (format != NULL && strncmp(format, "ur", 2) == 0) ||
		(shape->name != NULL && strstr(ColumnNameClean(shape->name), "url") != NULL);

	shape->facts = ValueFactsCreate();
	shape->facts->texts = 1;
	shape->facts->classes[ClassOfFormat(format)] = 1;
	shape->facts->first = is_url ? "https:" : "";
}

static bool
SaysUnix(const char *name)
{
	return name != NULL && (strstr(ColumnNameClean(name), "unix") != NULL ||
							strstr(ColumnNameClean(name), "epoch") != NULL);
}

static void
SetNumber(ShapeNode *shape, const SpecNode *schema, bool whole)
{
	const char *format = SpecText(schema, "format");
	const char *name = shape->name != NULL || shape->parent == NULL ? shape->name :
		shape->parent->name;

	shape->facts = ValueFactsCreate();
	shape->facts->numbers = 1;
	shape->facts->integers = whole ? 1 : 0;
	shape->facts->decimals = whole ? 0 : 1;
	shape->facts->seconds = whole && SaysUnix(name) ? 1 : 0;
	shape->facts->above_int4 = format == NULL || strcmp(format, "int32") != 0;
	shape->facts->first = "0";
}

static void Fill(Building *b, ShapeNode *shape, const SpecNode *schema, int level);

static void
FillMembers(Building *b, ShapeNode *shape, const SpecNode *schema, int level)
{
	const SpecNode *properties = SpecMember(schema, "properties");

	shape->objects = 1;
	for (const SpecNode *p = properties ? properties->first : NULL; p != NULL; p = p->next)
	{
		ShapeNode  *member = ShapeMember(shape, p->name, strlen(p->name));

		if (member != NULL && member->seen++ == 0)
			Fill(b, member, p, level + 1);
	}
}

/* Arrays are as long as each other when one of them holds times; see Pair. */
static void
FillArray(Building *b, ShapeNode *shape, const SpecNode *schema, int level)
{
	shape->arrays = shape->elements = 1;
	shape->element = ShapeCreate(shape, NULL);
	shape->element->record = shape->element;
	shape->element->seen = 1;
	Fill(b, shape->element, SpecMember(schema, "items"), level + 1);
}

/* Alternatives besides null; the schemas of objects among them are joined. */
static void
FillOneOf(Building *b, ShapeNode *shape, const SpecNode *alternatives, bool all, int level)
{
	const SpecNode *only = NULL;
	int			count = 0;
	bool		objects = true;

	for (const SpecNode *a = alternatives->first; a != NULL; a = a->next)
	{
		const SpecNode *schema = SpecResolve(b->document, a);

		if (schema == NULL || TypeIs(schema, "null"))
			continue;
		only = a;
		count++;
		objects &= SpecMember(schema, "properties") != NULL || SpecMember(schema, "allOf") != NULL;
	}
	if (count == 1)
		Fill(b, shape, only, level + 1);
	else if (count == 0 || !(objects || all))
		SetUnknown(shape);
	else
		for (const SpecNode *a = alternatives->first; a != NULL; a = a->next)
			Fill(b, shape, a, level + 1);
}

static void
FillResolved(Building *b, ShapeNode *shape, const SpecNode *schema, int level)
{
	const SpecNode *all = SpecMember(schema, "allOf");
	const SpecNode *one = SpecMember(schema, "oneOf");

	if (one == NULL)
		one = SpecMember(schema, "anyOf");
	if (SpecMember(schema, "properties") != NULL)
		FillMembers(b, shape, schema, level);
	if (all != NULL)
		FillOneOf(b, shape, all, true, level);
	else if (one != NULL)
		FillOneOf(b, shape, one, false, level);
	else if (SpecMember(schema, "properties") != NULL)
		return;
	else if (TypeIs(schema, "array"))
		FillArray(b, shape, schema, level);
	else if (TypeIs(schema, "string"))
		SetText(shape, schema);
	else if (TypeIs(schema, "integer") || TypeIs(schema, "number"))
		SetNumber(shape, schema, TypeIs(schema, "integer"));
	else if (TypeIs(schema, "boolean"))
	{
		shape->facts = ValueFactsCreate();
		shape->facts->booleans = 1;
	}
	else
		SetUnknown(shape);
}

static void
Fill(Building *b, ShapeNode *shape, const SpecNode *schema, int level)
{
	const SpecNode *resolved = SpecResolve(b->document, schema);

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (resolved == NULL || level > b->levels || ++b->values > MAX_VALUES ||
		list_member_ptr(b->within, unconstify(SpecNode *, resolved)))
	{
		SetUnknown(shape);
		return;
	}
	b->within = lappend(b->within, unconstify(SpecNode *, resolved));
	FillResolved(b, shape, resolved, level);
	b->within = list_delete_last(b->within);
}

/* ---- arrays side by side ---- */

static bool
IsScalarArray(const ShapeNode *node)
{
	return ShapeIsArray(node) && ShapeIsScalar(node->element);
}

static bool
HoldsTimes(const ShapeNode *node)
{
	return IsScalarArray(node) && (NameSaysTime(ColumnNameClean(node->name)) ||
								   strcmp(node->name, "days") == 0);
}

/* Below an object with an array of times all arrays of scalars are as long as that. */
static void
Pair(ShapeNode *node, bool beside_times)
{
	for (int i = 0; i < node->nmembers; i++)
		beside_times |= HoldsTimes(node->members[i]);
	for (int i = 0; i < node->nmembers; i++)
	{
		ShapeNode  *member = node->members[i];

		if (IsScalarArray(member) && beside_times)
			member->shortest = member->longest = 2;
		else if (ShapeIsObject(member))
			Pair(member, beside_times);
		else if (ShapeIsArray(member) && ShapeIsObject(member->element))
			Pair(member->element, beside_times);
	}
}

ShapeNode *
SpecShape(const SpecNode *document, const SpecNode *schema)
{
	Building	b = {document, NIL, MAX_LEVELS};
	ShapeNode  *root;

	/* where that is too much, all of it is read less deep */
	for (;; b.levels -= 2)
	{
		b.values = 0;
		root = ShapeCreate(NULL, NULL);
		root->seen = 1;
		Fill(&b, root, schema, 0);
		if (b.values <= MAX_VALUES || b.levels <= LEAST_LEVELS)
			break;
	}
	Pair(root, false);
	return root;
}
