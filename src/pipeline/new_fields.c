/*
 * new_fields.c
 *	  Record new fields, each with the column that would read it.
 *
 * A field is new if neither a column reads it nor the first batch had it. Its type is inferred from
 * some of the records that have it.
 */
#include "base/compat.h"
#include "pipeline/new_fields.h"

#include "access/relation.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "decode/path.h"
#include "infer/column_name.h"
#include "infer/infer_type.h"
#include "infer/read_xml.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* Fields that are recorded of a pipeline; more are counted under one name. */
#define MAX_RECORDED 100
#define OTHERS "*"

typedef struct NewFields
{
	List	   *fields;			/* char *, paths */
	List	   *counts;			/* int64 *, of records */
	List	   *types;			/* char *, that are known without samples, or empty */
	int64		others;
	List	   *samples;		/* char * */
	ShapeNode  *shape;			/* of the samples */
} NewFields;

static NewFields *
ReadStaged(const Pipeline *p)
{
	char	   *json = StagedNewFields(p);
	NewFields  *new = palloc0(sizeof(NewFields));
	Sql			q;

	if (json == NULL)
		return NULL;
	SqlBeginKept(&q,
				 "select array(select key from jsonb_each($1 -> 'fields') order by key),"
				 " array(select value::text from jsonb_each($1 -> 'fields') order by key),"
				 " ($1 ->> 'others')::bigint, array(select jsonb_array_elements_text($1 -> 'samples')),"
				 " array(select coalesce($1 -> 'types' ->> key, '') from jsonb_each($1 -> 'fields')"
				 " order by key)");
	SqlAddJsonb(&q, json);
	SqlRun(&q, AsCatalog());
	new->fields = SqlTextArray(&q, 0, 1);
	new->counts = SqlTextArray(&q, 0, 2);
	new->others = SqlInt8(&q, 0, 3, NULL);
	new->samples = SqlTextArray(&q, 0, 4);
	new->types = SqlTextArray(&q, 0, 5);
	SqlDone(&q);
	return new;
}

/* Of the list of them; -1: it is not there. */
static int
NumberOf(const NewFields *new, const char *field)
{
	for (int i = 0; i < list_length(new->fields); i++)
		if (strcmp(list_nth(new->fields, i), field) == 0)
			return i;
	return -1;
}

static int64
CountOf(const NewFields *new, const char *field)
{
	int			n = NumberOf(new, field);

	return n < 0 ? 0 : strtoll(list_nth(new->counts, n), NULL, 10);
}

/* The type that the source has told; NULL: it is to be inferred. */
static char *
ToldType(const NewFields *new, const char *field)
{
	int			n = NumberOf(new, field);
	char	   *type = n < 0 ? NULL : list_nth(new->types, n);

	return type == NULL || *type == '\0' ? NULL : type;
}

static bool
IsXml(const char *sample)
{
	return sample[0] == '<';
}

static ShapeNode *
ShapeOf(NewFields *new)
{
	ListCell   *lc;

	if (new->shape != NULL)
		return new->shape;
	new->shape = ShapeCreate(NULL, NULL);
	foreach(lc, new->samples)
	{
		const char *text = lfirst(lc);

		if (IsXml(text))
			ShapeAddXml(new->shape, text, strlen(text));
		else
			ShapeAddRecord(new->shape, text, strlen(text));
	}
	return new->shape;
}

/* The node of a field in the samples; NULL: none has it. */
static ShapeNode *
NodeOf(NewFields *new, const char *field)
{
	Path	   *path = new->samples == NIL ? NULL : PathParse(field, "field");
	ShapeNode  *node = ShapeOf(new);

	for (int i = 0; path != NULL && i < path->nsteps; i++)
		node = ShapeFindMember(node, path->steps[i].name);
	return path == NULL ? NULL : node;
}

/* A record that has it. */
static char *
SampleOf(const NewFields *new, const char *field)
{
	Path	   *path = new->samples == NIL ? NULL : PathParse(field, "field");
	const char *name;
	ListCell   *lc;

	if (path == NULL)
		return NULL;
	name = path->steps[path->nsteps - 1].name;
	foreach(lc, new->samples)
	{
		const char *sample = lfirst(lc);
		bool		is_attribute = name[0] == '@';

		if (strstr(sample, !IsXml(sample) ? psprintf("\"%s\"", name) :
				   is_attribute ? psprintf("%s=", name + 1) : psprintf("%s>", name)) != NULL)
			return lfirst(lc);
	}
	return NULL;
}

/* ---- the column ---- */

/* What later records are likely to fit too. */
static const char *
WideType(const char *type)
{
	if (strcmp(type, "integer") == 0)
		return "bigint";
	return strcmp(type, "uuid") == 0 ? "text" : type;
}

static InferredType
TypeOf(const NewFields *new, const ShapeNode *node, const char *column)
{
	return IsXml(linitial(new->samples)) ? InferXmlType(node, column) : InferType(node, column);
}

static bool
IsRepeated(const ShapeNode *node, const InferredType *type)
{
	return node != NULL && node->arrays > 0 && strcmp(type->type, "xml") == 0;
}

static void
AddNames(List **names, Oid relation)
{
	Relation	rel = RelationOpen(relation, AccessShareLock);

	for (int i = 0; i < RelationGetDescr(rel)->natts; i++)
		*names = lappend(*names, pstrdup(NameStr(TupleDescAttr(RelationGetDescr(rel), i)->attname)));
	relation_close(rel, NoLock);
}

/* Neither of the source nor of the target, nor proposed already. */
static char *
FreeName(const Pipeline *p, List **names, const char *field)
{
	if (*names == NIL)
	{
		AddNames(names, p->source);
		AddNames(names, p->target);
	}
	return ColumnNameTake(names, ColumnNameClean(field));
}

static char *
OptionsText(const char *option, const char *path, const char *name, List *options)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	if (strcmp(path, name) != 0)
		appendStringInfo(&text, "%s %s", option, quote_literal_cstr(path));
	foreach(lc, options)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", (char *) lfirst(lc));
	return text.data;
}

/* False: it is more than one column can take. */
static bool
Infer(NewFields *new, DriftField *field)
{
	ShapeNode  *node = NodeOf(new, field->field);
	InferredType type = {"text", NIL, NULL};

	if (node != NULL)
		type = TypeOf(new, node, field->column_name);
	if (IsRepeated(node, &type))
		return false;
	field->column_type = unconstify(char *, WideType(type.type));
	field->column_options = OptionsText("path", field->field, field->column_name, type.options);
	return true;
}

static bool
FindType(NewFields *new, DriftField *field)
{
	field->column_type = ToldType(new, field->field);
	if (field->column_type == NULL)
		return Infer(new, field);
	field->column_options = OptionsText("column_name", field->field, field->column_name, NIL);
	return true;
}

static DriftField
Propose(const Pipeline *p, NewFields *new, List **names, char *path)
{
	DriftField	field = {.field = path, .kind = "new"};

	field.records = CountOf(new, path);
	field.sample = SampleOf(new, path);
	field.column_name = FreeName(p, names, path);
	if (!FindType(new, &field))
		return field;
	field.proposal = psprintf("SELECT elt.apply_drift(%s, %s);  -- adds column %s %s",
							  quote_literal_cstr(p->name), quote_literal_cstr(path),
							  quote_identifier(field.column_name), field.column_type);
	return field;
}

/* ---- landing ---- */

/* Does the list of a child lie that way? */
static bool
LeadsToList(const char *field, List *lists)
{
	ListCell   *lc;

	foreach(lc, lists)
	{
		const char *found = lfirst(lc) != NULL ? strstr(lfirst(lc), field) : NULL;
		char		end = found != NULL ? found[strlen(field)] : 'x';

		if (found != NULL && found > (char *) lfirst(lc) && found[-1] == '.' &&
			(end == '[' || end == '.' || end == '\0'))
			return true;
	}
	return false;
}

static List *
WithoutLists(const Pipeline *p, List *fields, List *lists)
{
	List	   *left = NIL;
	List	   *taken = NIL;
	ListCell   *lc;

	foreach(lc, fields)
	{
		if (LeadsToList(lfirst(lc), lists))
			taken = lappend(taken, lfirst(lc));
		else
			left = lappend(left, lfirst(lc));
	}
	if (taken != NIL)
		DriftEndNew(p, taken);
	return left;
}

static void
WarnOfNew(const Pipeline *p, List *told)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, told)
		appendStringInfo(&text, "%s\"%s\"", foreach_current_index(lc) > 0 ? ", " : "",
						 (char *) lfirst(lc));
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 list_length(told) == 1 ?
			 errmsg("pipeline \"%s\": new field %s has no column", p->name, text.data) :
			 errmsg("pipeline \"%s\": new fields %s have no column", p->name, text.data),
			 errhint("Use SELECT field, proposal FROM elt.drift WHERE pipeline = %s.",
					 quote_literal_cstr(p->name))));
}

static void
AddOthers(const Pipeline *p, int64 records)
{
	DriftField	others = {.field = OTHERS, .kind = "new", .records = records};

	if (records > 0)
		(void) DriftAdd(p, &others);
}

static bool
IsRecorded(const Pipeline *p, const char *field)
{
	Sql			q;

	SqlBegin(&q,
			 "select from elt_catalog.drift where pipeline_id = $1 and field = $2 and kind = 'new'");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, field);
	return SqlDo(&q, AsCatalog()) > 0;
}

static void
Record(const Pipeline *p, NewFields *new, List *fields)
{
	int64		recorded = DriftCount(p, "new");
	int64		others = new->others;
	List	   *names = NIL;
	List	   *told = NIL;
	ListCell   *lc;

	foreach(lc, fields)
	{
		DriftField	field;

		if (recorded >= MAX_RECORDED && !IsRecorded(p, lfirst(lc)))
		{
			others += CountOf(new, lfirst(lc));
			continue;
		}
		field = Propose(p, new, &names, lfirst(lc));
		if (DriftAdd(p, &field))
		{
			recorded++;
			told = lappend(told, lfirst(lc));
		}
	}
	AddOthers(p, others);
	if (told != NIL)
		WarnOfNew(p, told);
}

List *
NewFieldsLand(const Pipeline *p, const StagedBatch *batch, List *lists)
{
	NewFields  *new = batch->records == 0 ? NULL : ReadStaged(p);
	List	   *fields;

	if (new == NULL)
		return NIL;
	fields = WithoutLists(p, new->fields, lists);
	if (!DriftKnowsFields(p))
	{
		DriftSetKnown(p, fields);
		return NIL;
	}
	if (fields == NIL && new->others == 0)
		return NIL;
	fields = DriftNotKnown(p, fields);
	Record(p, new, fields);
	return fields;
}

/* ---- a field under another name ---- */

static bool
FitsType(const char *inferred, Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return strcmp(inferred, "integer") == 0 || strcmp(inferred, "bigint") == 0;
		case NUMERICOID:
		case FLOAT8OID:
			return strcmp(inferred, "integer") == 0 || strcmp(inferred, "bigint") == 0 ||
				strcmp(inferred, "numeric") == 0;
		case TEXTOID:
		case VARCHAROID:
			return strcmp(inferred, "jsonb") != 0;
		default:
			return strcmp(inferred, format_type_be(type)) == 0;
	}
}

/* It is in all records, and the only one that is and that the column could read. */
char *
NewFieldInPlaceOf(const Pipeline *p, const StagedBatch *batch, const SourceColumn *column)
{
	NewFields  *new = ReadStaged(p);
	char	   *only = NULL;
	ListCell   *lc;

	foreach(lc, new == NULL ? NIL : DriftNotKnown(p, new->fields))
	{
		ShapeNode  *node = NodeOf(new, lfirst(lc));

		if (CountOf(new, lfirst(lc)) < batch->records || node == NULL ||
			!FitsType(TypeOf(new, node, column->name).type, column->type))
			continue;
		if (only != NULL)
			return NULL;
		only = lfirst(lc);
	}
	if (only == NULL)
		return NULL;
	/* the path is the name unless it is declared */
	if (column->path == NULL || strcmp(column->path, column->name) == 0)
		return psprintf("ALTER FOREIGN TABLE %s ALTER COLUMN %s OPTIONS (ADD path %s);",
						QuotedRelation(p->source), quote_identifier(column->name),
						quote_literal_cstr(only));
	return psprintf("ALTER FOREIGN TABLE %s ALTER COLUMN %s OPTIONS (SET path %s);",
					QuotedRelation(p->source), quote_identifier(column->name),
					quote_literal_cstr(only));
}
