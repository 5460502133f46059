/*
 * container.c
 *	  Objects and arrays of JSON as texts of arrays, composite values and ranges.
 *
 * An array of JSON becomes an array, as deep as it is nested; two bounds become a range that
 * includes the first and not the second; an object becomes a composite value whose fields are the
 * members of their names.
 */
#include "base/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "decode/container.h"
#include "decode/convert_number.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

typedef enum ContainerKind
{
	CONTAINER_ARRAY,
	CONTAINER_RANGE,
	CONTAINER_MULTIRANGE,
	CONTAINER_RECORD
} ContainerKind;

/* A part of a value. */
typedef struct Part
{
	Oid			type;
	bool		is_json;
	bool		is_text;		/* its text stands in a string, also where it is JSON */
	bool		is_whole;		/* an integer */
	Container  *container;		/* NULL: it has no parts itself */
	const char *name;			/* of a field */
} Part;

struct Container
{
	ContainerKind kind;
	int			nparts;			/* one, or a record's fields */
	Part	   *parts;
};

static char *ContainerText(const Container *container, JsonbContainer *json);

/* ---- types ---- */

static void
InitPart(Part *part, Oid type)
{
	Oid			base = getBaseType(type);

	part->type = type;
	part->is_json = base == JSONOID || base == JSONBOID;
	part->is_whole = base == INT2OID || base == INT4OID || base == INT8OID;
	part->container = ContainerOf(type);
}

static Container *
NewContainer(ContainerKind kind, Oid type)
{
	Container  *container = palloc(sizeof(Container));

	container->kind = kind;
	container->nparts = 1;
	container->parts = palloc0(sizeof(Part));
	InitPart(container->parts, type);
	return container;
}

static Container *
RecordContainer(Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	Container  *container = palloc(sizeof(Container));

	container->kind = CONTAINER_RECORD;
	container->nparts = 0;
	container->parts = palloc0(sizeof(Part) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Part	   *part = &container->parts[container->nparts];

		if (att->attisdropped)
			continue;
		InitPart(part, att->atttypid);
		part->name = pstrdup(NameStr(att->attname));
		container->nparts++;
	}
	ReleaseTupleDesc(desc);
	return container;
}

Container *
ContainerOf(Oid type)
{
	Oid			base = getBaseType(type);

	check_stack_depth();
	if (OidIsValid(get_element_type(base)))
		return NewContainer(CONTAINER_ARRAY, get_element_type(base));
	if (type_is_range(base))
		return NewContainer(CONTAINER_RANGE, get_range_subtype(base));
	if (type_is_multirange(base))
		return NewContainer(CONTAINER_MULTIRANGE, get_multirange_range(base));
	if (get_typtype(base) == TYPTYPE_COMPOSITE)
		return RecordContainer(base);
	return NULL;
}

void
ContainerTakeTexts(Container *container)
{
	for (int i = 0; i < container->nparts; i++)
	{
		container->parts[i].is_text = true;
		if (container->parts[i].container != NULL)
			ContainerTakeTexts(container->parts[i].container);
	}
}

bool
ContainerTakes(const Container *container, bool object)
{
	return object == (container->kind == CONTAINER_RECORD);
}

/* ---- texts ---- */

pg_attribute_noreturn()
static void
RefuseShape(const char *what, Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("type %s cannot store %s", format_type_be(type), what)));
	pg_unreachable();
}

static const char *
NumberText(const Part *part, Numeric number)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
	int64		whole;

	if (part->is_whole && TextToWholeInt64(text, strlen(text), &whole))
		return psprintf(INT64_FORMAT, whole);
	return text;
}

static const char *
InnerText(const Part *part, JsonbContainer *json)
{
	bool		object = JsonContainerIsObject(json);

	if (part->container == NULL || !ContainerTakes(part->container, object))
		RefuseShape(object ? "an object" : "an array", part->type);
	return ContainerText(part->container, json);
}

/* NULL for null. */
static const char *
PartText(const Part *part, JsonbValue *value)
{
	if (value == NULL || value->type == jbvNull)
		return NULL;
	if (part->is_json && !(part->is_text && value->type == jbvString))
	{
		Jsonb	   *json = JsonbValueToJsonb(value);

		return JsonbToCString(NULL, &json->root, VARSIZE(json));
	}
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return NumberText(part, value->val.numeric);
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		default:
			return InnerText(part, value->val.binary.data);
	}
}

void
AppendQuotedPart(StringInfo text, const char *part)
{
	appendStringInfoChar(text, '"');
	for (; *part != '\0'; part++)
	{
		if (*part == '"' || *part == '\\')
			appendStringInfoChar(text, '\\');
		appendStringInfoChar(text, *part);
	}
	appendStringInfoChar(text, '"');
}

static bool
IsArray(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
}

static void
AppendArray(StringInfo text, const Part *part, JsonbContainer *json)
{
	uint32		n = JsonContainerSize(json);

	check_stack_depth();
	appendStringInfoChar(text, '{');
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *value = getIthJsonbValueFromContainer(json, i);
		const char *item;

		if (i > 0)
			appendStringInfoChar(text, ',');
		if (IsArray(value) && part->container == NULL && !part->is_json)
		{
			AppendArray(text, part, value->val.binary.data);
			continue;
		}
		item = PartText(part, value);
		if (item == NULL)
			appendStringInfoString(text, "NULL");
		else
			AppendQuotedPart(text, item);
	}
	appendStringInfoChar(text, '}');
}

static void
AppendRange(StringInfo text, const Part *bound, JsonbContainer *json)
{
	if (JsonContainerSize(json) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("a range must be an array of two bounds, not of %d",
						(int) JsonContainerSize(json))));
	appendStringInfoChar(text, '[');
	for (int i = 0; i < 2; i++)
	{
		const char *item = PartText(bound, getIthJsonbValueFromContainer(json, i));

		if (item != NULL)
			AppendQuotedPart(text, item);
		appendStringInfoChar(text, i == 0 ? ',' : ')');
	}
}

static void
AppendRanges(StringInfo text, const Part *range, JsonbContainer *json)
{
	appendStringInfoChar(text, '{');
	for (uint32 i = 0; i < JsonContainerSize(json); i++)
	{
		const char *item = PartText(range, getIthJsonbValueFromContainer(json, i));

		if (item == NULL)
			RefuseShape("null", range->type);
		appendStringInfo(text, "%s%s", i == 0 ? "" : ",", item);
	}
	appendStringInfoChar(text, '}');
}

static void
AppendRecord(StringInfo text, const Container *record, JsonbContainer *json)
{
	appendStringInfoChar(text, '(');
	for (int i = 0; i < record->nparts; i++)
	{
		const Part *part = &record->parts[i];
		JsonbValue	name;
		const char *item;

		name.type = jbvString;
		name.val.string.val = unconstify(char *, part->name);
		name.val.string.len = strlen(part->name);
		item = PartText(part, findJsonbValueFromContainer(json, JB_FOBJECT, &name));
		if (i > 0)
			appendStringInfoChar(text, ',');
		if (item != NULL)
			AppendQuotedPart(text, item);
	}
	appendStringInfoChar(text, ')');
}

static char *
ContainerText(const Container *container, JsonbContainer *json)
{
	StringInfoData text;

	initStringInfo(&text);
	switch (container->kind)
	{
		case CONTAINER_ARRAY:
			AppendArray(&text, container->parts, json);
			break;
		case CONTAINER_RANGE:
			AppendRange(&text, container->parts, json);
			break;
		case CONTAINER_MULTIRANGE:
			AppendRanges(&text, container->parts, json);
			break;
		case CONTAINER_RECORD:
			AppendRecord(&text, container, json);
			break;
	}
	return text.data;
}

char *
ContainerLiteral(const Container *container, const char *json)
{
	Jsonb	   *value = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));

	return ContainerText(container, &value->root);
}
