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

/* ---- columns of the source ---- */

/* Views of the fact follow when a column is renamed; its definition has the former name. */
static void
ReportLostColumn(const Aggregate *a, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("aggregate \"%s.%s\" reads column \"%s\" of \"%s\", which does not exist", a->schema,
					a->name, column, RelationLabel(a->fact->source)),
			 errhint("If the column was renamed, give it its name back, or drop the aggregate with "
					 "elt.drop_aggregate, and create fact \"%s\" with replace => true and the "
					 "aggregate for the new name.", a->fact->name)));
}

static void
CheckColumn(const Aggregate *a, const char *column)
{
	if (get_attnum(a->fact->source, column) <= 0)
		ReportLostColumn(a, column);
}

/* Those that identify groups, and the time that gives the day. */
static void
CheckColumns(const Aggregate *a)
{
	ListCell   *lc;
	ListCell   *name;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);

		if (group->kind == GROUP_BY_COLUMN)
			CheckColumn(a, group->column);
		else
			foreach(name, group->role->columns)
				CheckColumn(a, lfirst(name));
	}
	if (a->has_days && a->fact->event_time != NULL)
		CheckColumn(a, a->fact->event_time);
}

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

typedef enum Form
{
	FORM_PLAIN,					/* f(x) */
	FORM_DISTINCT,				/* f(DISTINCT x) */
	FORM_FRACTION,				/* f(x, 0.9) */
	FORM_ORDERED				/* f(0.9) WITHIN GROUP (ORDER BY x) */
} Form;

typedef struct Function
{
	const char *name;
	Form		form;
	MeasureFunction function;
} Function;

static const Function functions[] = {
	{"count", FORM_PLAIN, MEASURE_COUNT},
	{"sum", FORM_PLAIN, MEASURE_SUM},
	{"avg", FORM_PLAIN, MEASURE_MEAN},
	{"min", FORM_PLAIN, MEASURE_MIN},
	{"max", FORM_PLAIN, MEASURE_MAX},
	{"approx_count_distinct", FORM_PLAIN, MEASURE_DISTINCT},
	{"approx_percentile", FORM_FRACTION, MEASURE_QUANTILE},
	{"count", FORM_DISTINCT, MEASURE_EXACT_DISTINCT},
	{"percentile_cont", FORM_ORDERED, MEASURE_PERCENTILE_CONT},
	{"percentile_disc", FORM_ORDERED, MEASURE_PERCENTILE_DISC},
};

static void
ReportMeasure(const AggregateMeasure *measure)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("measure \"%s\" cannot be kept: %s", measure->name, measure->expression),
			 errhint("Specify count(*), or of a column x of the fact count(x), sum(x), avg(x), min(x), "
					 "max(x), approx_count_distinct(x), approx_percentile(x, 0.9), count(DISTINCT x), "
					 "or percentile_cont(0.9) WITHIN GROUP (ORDER BY x).")));
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
		call->func_variadic)
		ReportMeasure(measure);
	return call;
}

static Form
FormOf(const FuncCall *call)
{
	if (call->agg_within_group)
		return FORM_ORDERED;
	if (call->agg_distinct)
		return FORM_DISTINCT;
	return list_length(call->args) == 2 ? FORM_FRACTION : FORM_PLAIN;
}

static MeasureFunction
FunctionOf(const AggregateMeasure *measure, const FuncCall *call)
{
	Form		form = FormOf(call);

	if (form != FORM_ORDERED && call->agg_order != NIL)
		ReportMeasure(measure);
	for (int i = 0; i < lengthof(functions); i++)
		if (strcmp(strVal(linitial(call->funcname)), functions[i].name) == 0 &&
			functions[i].form == form)
			return functions[i].function;
	ReportMeasure(measure);
	pg_unreachable();
}

static char *
ColumnOf(const AggregateMeasure *measure, Node *node)
{
	ColumnRef  *column = (ColumnRef *) node;

	if (!IsA(node, ColumnRef) || list_length(column->fields) != 1 ||
		!IsA(linitial(column->fields), String))
		ReportMeasure(measure);
	return strVal(linitial(column->fields));
}

static char *
FractionOf(const AggregateMeasure *measure, Node *node)
{
	A_Const    *constant = (A_Const *) node;
	char	   *text = NULL;

	if (IsA(node, A_Const) && !constant->isnull && IsA(&constant->val, Float))
		text = constant->val.fval.fval;
	else if (IsA(node, A_Const) && !constant->isnull && IsA(&constant->val, Integer))
		text = psprintf("%d", constant->val.ival.ival);
	if (text == NULL || strtod(text, NULL) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fraction of measure \"%s\" must be a number from 0 to 1: %s", measure->name,
						measure->expression)));
	return text;
}

/* The column, which is read from the arguments as the form has it, and the fraction. */
static char *
ReadArguments(AggregateMeasure *measure, const FuncCall *call)
{
	Form		form = FormOf(call);
	SortBy	   *sort;

	if (list_length(call->args) != (form == FORM_FRACTION ? 2 : 1))
		ReportMeasure(measure);
	if (form == FORM_FRACTION)
		measure->fraction = FractionOf(measure, lsecond(call->args));
	if (form != FORM_ORDERED)
		return ColumnOf(measure, linitial(call->args));
	measure->fraction = FractionOf(measure, linitial(call->args));
	sort = linitial_node(SortBy, call->agg_order);
	if (list_length(call->agg_order) != 1 || sort->sortby_dir == SORTBY_DESC ||
		sort->sortby_dir == SORTBY_USING)
		ReportMeasure(measure);
	return ColumnOf(measure, sort->node);
}

static bool
IsFloat(Oid type)
{
	return type == FLOAT4OID || type == FLOAT8OID;
}

/* The number of a value, from 1. Sums of floating-point numbers read another one than the rest. */
static int
ValueOf(Aggregate *a, char *column, bool is_summed)
{
	AggregateValue *value;
	AttrNumber	attno = get_attnum(a->fact->source, column);
	Oid			collation;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, a->values)
	{
		value = lfirst(lc);
		n++;
		if (strcmp(value->column, column) == 0 &&
			(!IsFloat(value->type) || value->is_summed == is_summed))
			return n;
	}
	if (attno <= 0 && NamesContain(FactColumns(a->fact), column))
		ReportLostColumn(a, column);
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
IsNumber(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID || IsFloat(type);
}

static void
CheckIsNumber(const AggregateMeasure *measure, const AggregateValue *value)
{
	if (!IsNumber(value->type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("measure \"%s\" cannot be kept: column \"%s\" of type %s is no number",
						measure->name, value->column, format_type_be(value->type)),
				 errhint("Add a column with a number to the source, such as the seconds of an interval.")));
}

static void
KeepFor(const AggregateMeasure *measure, AggregateValue *value)
{
	switch (measure->function)
	{
		case MEASURE_SUM:
		case MEASURE_MEAN:
			value->is_summed = value->is_counted = true;
			break;
		case MEASURE_MIN:
			value->has_least = true;
			break;
		case MEASURE_MAX:
			value->has_greatest = true;
			break;
		case MEASURE_DISTINCT:
			value->has_distinct = value->is_counted = true;
			break;
		case MEASURE_QUANTILE:
			value->has_quantiles = true;
			break;
		case MEASURE_EXACT_DISTINCT:
		case MEASURE_PERCENTILE_CONT:
		case MEASURE_PERCENTILE_DISC:
			value->has_values = true;
			break;
		case MEASURE_COUNT:
		case MEASURE_ROWS:
			value->is_counted = true;
			break;
	}
}

static bool
NeedsNumber(MeasureFunction function)
{
	return function == MEASURE_SUM || function == MEASURE_MEAN || function == MEASURE_QUANTILE ||
		function == MEASURE_PERCENTILE_CONT;
}

static void
ParseMeasure(Aggregate *a, AggregateMeasure *measure)
{
	FuncCall   *call = CallOf(measure);
	AggregateValue *value;
	bool		is_summed;

	measure->function = FunctionOf(measure, call);
	if (call->agg_star && measure->function == MEASURE_COUNT)
	{
		measure->function = MEASURE_ROWS;
		return;
	}
	is_summed = measure->function == MEASURE_SUM || measure->function == MEASURE_MEAN;
	measure->value = ValueOf(a, ReadArguments(measure, call), is_summed);
	value = list_nth(a->values, measure->value - 1);
	if (NeedsNumber(measure->function))
		CheckIsNumber(measure, value);
	KeepFor(measure, value);
	a->has_distinct |= value->has_distinct;
	a->has_days |= value->has_least || value->has_greatest || value->has_distinct;
	a->has_values |= value->has_values;
}

void
AggregateParse(Aggregate *a)
{
	ListCell   *lc;

	a->columns = a->values = NIL;
	a->has_days = a->has_distinct = a->has_values = false;
	foreach(lc, a->by)
		a->columns = lappend(a->columns, GroupColumnNamed(a, lfirst(lc)));
	foreach(lc, a->measures)
		ParseMeasure(a, lfirst(lc));
	CheckColumns(a);
}
