/*
 * aggregate_parse.c
 *	  What the names and expressions in the definition of an aggregate mean.
 *
 * A group is known by columns of the fact, keys of its dimensions and attributes. An attribute has the
 * name that it has in the view of attributes, customer_segment, or its own when no other dimension has it.
 */
#include "base/compat.h"
#include "star/aggregate_parse.h"

#include "base/sql_expression.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "star/fact_sql.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

/* ---- groups ---- */

static Oid
MembersOf(const Dimension *d)
{
	return RangeVarGetRelid(makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(d->table))),
							NoLock, false);
}

/* What is computed when the view is queried, such as days_ago, is no attribute. */
static bool
HasAttribute(const FactRole *role, const char *name)
{
	const Dimension *d = role->dimension;

	if (FactRoleIs(role, "source"))
		return NamesContain(d->attributes, name);
	return strcmp(name, d->stored_key) != 0 && get_attnum(MembersOf(d), name) > 0;
}

static GroupColumn *
GroupColumnOf(char *name, GroupKind kind, FactRole *role, int role_number, char *column)
{
	GroupColumn *group = palloc0(sizeof(GroupColumn));

	group->name = name;
	group->kind = kind;
	group->role = role;
	group->role_number = role_number;
	group->column = column;
	return group;
}

/* "segment" and of type 6 "current_segment", or NULL */
static GroupColumn *
AttributeNamed(char *name, const char *attribute, FactRole *role, int role_number)
{
	const char *current = "current_";

	if (HasAttribute(role, attribute))
		return GroupColumnOf(name, GROUP_BY_ATTRIBUTE, role, role_number, pstrdup(attribute));
	if (role->dimension->type == 6 && strncmp(attribute, current, strlen(current)) == 0 &&
		HasAttribute(role, attribute + strlen(current)))
		return GroupColumnOf(name, GROUP_BY_CURRENT, role, role_number,
							 pstrdup(attribute + strlen(current)));
	return NULL;
}

/* "customer_segment" without "customer_", or NULL */
static const char *
WithoutDimension(const Dimension *d, const char *name)
{
	const char *prefix = FactAttributeName(d, "");

	return strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : NULL;
}

static void
ReportAmbiguous(const Aggregate *a, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_COLUMN),
			 errmsg("attribute \"%s\" of fact \"%s\" is ambiguous", name, a->fact->name),
			 errhint("Name it as %s does, by its dimension and its own name.", a->fact->as_of)));
}

static GroupColumn *
AttributeOfFact(const Aggregate *a, char *name)
{
	GroupColumn *found = NULL;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, a->fact->roles)
	{
		FactRole   *role = lfirst(lc);
		const char *attribute = WithoutDimension(role->dimension, name);
		GroupColumn *group = attribute == NULL ? NULL : AttributeNamed(name, attribute, role, ++n);

		if (attribute == NULL)
			n++;
		if (group != NULL)
			return group;
	}
	n = 0;
	foreach(lc, a->fact->roles)
	{
		GroupColumn *group = AttributeNamed(name, name, lfirst(lc), ++n);

		if (group != NULL && found != NULL)
			ReportAmbiguous(a, name);
		if (group != NULL)
			found = group;
	}
	return found;
}

static GroupColumn *
KeyOfFact(const Aggregate *a, char *name)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, a->fact->roles)
	{
		FactRole   *role = lfirst(lc);

		n++;
		if (strcmp(name, role->dimension->key) == 0)
			return GroupColumnOf(name, GROUP_BY_KEY, role, n, NULL);
		if (role->dimension->durable != NULL && strcmp(name, role->dimension->durable) == 0)
			return GroupColumnOf(name, GROUP_BY_DURABLE, role, n, NULL);
	}
	return NULL;
}

static GroupColumn *
GroupColumnNamed(const Aggregate *a, char *name)
{
	GroupColumn *group = KeyOfFact(a, name);

	if (group == NULL && NamesContain(FactColumns(a->fact), name))
		group = GroupColumnOf(name, GROUP_BY_COLUMN, NULL, 0, name);
	if (group == NULL)
		group = AttributeOfFact(a, name);
	if (group == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("\"%s\" is neither a column of fact \"%s\" nor an attribute of its dimensions",
						name, a->fact->name),
				 errhint("Columns of %s, and stored columns of a date or time dimension can be "
						 "grouped by.", a->fact->as_of)));
	return group;
}

/* ---- measures ---- */

typedef struct Function
{
	const char *name;
	MeasureFunction function;
} Function;

static const Function functions[] = {
	{"count", MEASURE_COUNT},
	{"sum", MEASURE_SUM},
	{"avg", MEASURE_MEAN},
};

static void
ReportMeasure(const AggregateMeasure *measure)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("measure \"%s\" cannot be kept: %s", measure->name, measure->expression),
			 errhint("Specify count(*), or count, sum or avg of a column of the fact.")));
}

static void
PointIntoExpression(void *arg)
{
	ErrorIsInText(arg);
}

/* The only function call that it is. */
static FuncCall *
CallOf(const AggregateMeasure *measure)
{
	ErrorContextCallback context = {error_context_stack, PointIntoExpression, measure->expression};
	Node	   *node;
	FuncCall   *call;

	error_context_stack = &context;
	node = SqlExpressionParse(measure->expression);
	error_context_stack = context.previous;
	if (node == NULL || !IsA(node, FuncCall))
		ReportMeasure(measure);
	call = (FuncCall *) node;
	if (list_length(call->funcname) != 1 || call->agg_filter != NULL || call->over != NULL ||
		call->agg_order != NIL || call->agg_within_group || call->agg_distinct ||
		call->func_variadic)
		ReportMeasure(measure);
	return call;
}

static MeasureFunction
FunctionOf(const AggregateMeasure *measure, const FuncCall *call)
{
	for (int i = 0; i < lengthof(functions); i++)
		if (strcmp(strVal(linitial(call->funcname)), functions[i].name) == 0)
			return functions[i].function;
	ReportMeasure(measure);
	pg_unreachable();
}

/* The column that is the only argument. */
static char *
ColumnOf(const AggregateMeasure *measure, const FuncCall *call)
{
	ColumnRef  *column;

	if (list_length(call->args) != 1 || !IsA(linitial(call->args), ColumnRef))
		ReportMeasure(measure);
	column = linitial_node(ColumnRef, call->args);
	if (list_length(column->fields) != 1 || !IsA(linitial(column->fields), String))
		ReportMeasure(measure);
	return strVal(linitial(column->fields));
}

/* The number of a value, from 1. */
static int
ValueOf(Aggregate *a, char *column)
{
	AggregateValue *value;
	AttrNumber	attno = get_attnum(a->fact->source, column);
	Oid			collation;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, a->values)
	{
		n++;
		if (strcmp(((AggregateValue *) lfirst(lc))->column, column) == 0)
			return n;
	}
	if (attno <= 0 || !NamesContain(FactColumns(a->fact), column))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("fact \"%s\" has no column \"%s\" from its source", a->fact->name, column)));
	value = palloc0(sizeof(AggregateValue));
	value->column = column;
	get_atttypetypmodcoll(a->fact->source, attno, &value->type, &value->typmod, &collation);
	a->values = lappend(a->values, value);
	return n + 1;
}

static bool
CanBeSummed(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID ||
		type == FLOAT4OID || type == FLOAT8OID;
}

static void
SumValue(const AggregateMeasure *measure, AggregateValue *value)
{
	if (!CanBeSummed(value->type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("measure \"%s\" cannot be kept: column \"%s\" of type %s is no number",
						measure->name, value->column, format_type_be(value->type)),
				 errhint("Add a column with a number to the source, such as the seconds of an interval.")));
	value->is_summed = true;
}

static void
ParseMeasure(Aggregate *a, AggregateMeasure *measure)
{
	FuncCall   *call = CallOf(measure);

	measure->function = FunctionOf(measure, call);
	if (call->agg_star && measure->function == MEASURE_COUNT)
	{
		measure->function = MEASURE_ROWS;
		return;
	}
	measure->value = ValueOf(a, ColumnOf(measure, call));
	if (measure->function == MEASURE_SUM || measure->function == MEASURE_MEAN)
		SumValue(measure, list_nth(a->values, measure->value - 1));
}

void
AggregateParse(Aggregate *a)
{
	ListCell   *lc;

	a->columns = a->values = NIL;
	foreach(lc, a->by)
		a->columns = lappend(a->columns, GroupColumnNamed(a, lfirst(lc)));
	foreach(lc, a->measures)
		ParseMeasure(a, lfirst(lc));
}
