/*
 * aggregate_check.c
 *	  Whether an aggregate can be kept, and whether its sums mean something.
 */
#include "base/compat.h"
#include "star/aggregate_check.h"

#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "star/fact_sql.h"
#include "star/star_watch.h"
#include "utils/lsyscache.h"

/* ---- names ---- */

static void
AddColumnName(List **names, char *name)
{
	if (name[0] == '_' || name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("column name \"%s\" is reserved in an aggregate", name),
				 errhint("Names of its columns must not be empty or begin with an underscore.")));
	if (NamesContain(*names, name))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("column \"%s\" is specified more than once", name)));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name of column \"%s\" is too long", name),
				 errdetail("A name has at most %d bytes.", NAMEDATALEN - 1)));
	*names = lappend(*names, name);
}

static void
CheckNames(const Aggregate *a)
{
	List	   *names = NIL;
	ListCell   *lc;

	if (a->by == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("by must name at least one column")));
	foreach(lc, a->by)
		AddColumnName(&names, lfirst(lc));
	foreach(lc, a->measures)
		AddColumnName(&names, ((AggregateMeasure *) lfirst(lc))->name);
}

/* ---- changes that triggers tell ---- */

static void
CheckSource(const Aggregate *a)
{
	if (!StarCanWatch(a->fact->source))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("an aggregate of fact \"%s\" cannot be kept", a->fact->name),
				 errdetail("Its source \"%s\" is no table, and nothing tells which rows change.",
						   RelationLabel(a->fact->source)),
				 errhint("Land the view in a table by a pipeline, and create the fact over the table.")));
}

/*
 * The rows of a statement are in the table before their trigger counts them, so none of them must be
 * among the facts that a change of a member moves.
 */
static void
CheckDimension(const Aggregate *a, const FactRole *role)
{
	const Dimension *d = role->dimension;

	if (d->source == a->fact->source ||
		(d->derived_from == a->fact->source && !NamesAreSame(d->natural_key, role->columns)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an aggregate of fact \"%s\" cannot be grouped by dimension \"%s\"",
						a->fact->name, d->name),
				 errdetail("Both have the source \"%s\", and one statement would change facts and "
						   "members at once.", RelationLabel(a->fact->source)),
				 errhint("Land the members in a table of their own by a pipeline.")));
}

/* ---- additivity ---- */

static const FactMeasure *
DeclaredMeasure(const Fact *fact, const char *column)
{
	ListCell   *lc;

	foreach(lc, fact->measures)
		if (strcmp(((FactMeasure *) lfirst(lc))->name, column) == 0)
			return lfirst(lc);
	return NULL;
}

static bool
IsTime(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* Is each value of the time a group of its own? */
static bool
GroupsByTime(const Aggregate *a, char *column, Oid type)
{
	ListCell   *lc;

	foreach(lc, a->columns)
	{
		const GroupColumn *group = lfirst(lc);

		if (group->kind == GROUP_BY_COLUMN && strcmp(group->column, column) == 0)
			return true;
		if (type == DATEOID && group->role != NULL && FactRoleIs(group->role, "date") &&
			strcmp(linitial(group->role->columns), column) == 0 &&
			(group->kind == GROUP_BY_KEY || strcmp(group->column, "date") == 0))
			return true;
	}
	return false;
}

/* The times of the grain, or else that of the event. */
static List *
Times(const Fact *fact)
{
	List	   *times = NIL;
	ListCell   *lc;

	foreach(lc, fact->grain)
		if (IsTime(get_atttype(fact->source, get_attnum(fact->source, lfirst(lc)))))
			times = lappend(times, lfirst(lc));
	if (times == NIL && fact->event_time != NULL)
		times = list_make1(fact->event_time);
	return times;
}

static void
CheckNotOverTime(const Aggregate *a, const AggregateMeasure *measure)
{
	ListCell   *lc;

	foreach(lc, Times(a->fact))
	{
		char	   *time = lfirst(lc);

		if (!GroupsByTime(a, time, get_atttype(a->fact->source, get_attnum(a->fact->source, time))))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("measure \"%s\" would sum a semi-additive measure over time: %s",
							measure->name, measure->expression),
					 errhint("Add \"%s\", or its date, to by; or use avg.", time)));
	}
}

static void
CheckSum(const Aggregate *a, const AggregateMeasure *measure)
{
	const AggregateValue *value = list_nth(a->values, measure->value - 1);
	const FactMeasure *declared = DeclaredMeasure(a->fact, value->column);

	if (declared == NULL)
		return;
	if (strcmp(declared->additivity, "non-additive") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("measure \"%s\" would sum a non-additive measure: %s", measure->name,
						measure->expression),
				 errhint("Use avg, or add a column whose sum means something to the source.")));
	if (strcmp(declared->additivity, "semi-additive") == 0)
		CheckNotOverTime(a, measure);
}

void
AggregateCheck(const Aggregate *a)
{
	ListCell   *lc;

	CheckNames(a);
	CheckSource(a);
	foreach(lc, a->columns)
		if (((GroupColumn *) lfirst(lc))->role != NULL)
			CheckDimension(a, ((GroupColumn *) lfirst(lc))->role);
	foreach(lc, a->measures)
		if (((AggregateMeasure *) lfirst(lc))->function == MEASURE_SUM)
			CheckSum(a, lfirst(lc));
}
