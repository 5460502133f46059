/*
 * create_fact.c
 *	  Create a fact over a source, or change its definition.
 */
#include "base/compat.h"

#include "base/closest_name.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_oper.h"
#include "star/fact_build.h"
#include "star/fact_sql.h"
#include "star/member.h"
#include "star/star_argument.h"
#include "star/star_name.h"
#include "star/star_watch.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(elt_create_fact);

enum
{
	ARG_NAME, ARG_SOURCE, ARG_GRAIN, ARG_DIMENSIONS, ARG_DATES, ARG_MEASURES, ARG_SEMI_ADDITIVE,
	ARG_NON_ADDITIVE, ARG_UNITS, ARG_DEGENERATE, ARG_KIND, ARG_AS_OF, ARG_STORE_KEYS,
	ARG_INFER_MEMBERS, ARG_DAY_ZONE, ARG_REPLACE
};

static const char *const suffixes[] = {"_asof", "_rows"};

static void
CheckArguments(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, ARG_NAME, "name");
	RequireArg(fcinfo, ARG_SOURCE, "source");
	RequireArg(fcinfo, ARG_GRAIN, "grain");
	RequireArg(fcinfo, ARG_DIMENSIONS, "dimensions");
	RequireArg(fcinfo, ARG_DATES, "dates");
	RequireArg(fcinfo, ARG_MEASURES, "measures");
	RequireArg(fcinfo, ARG_SEMI_ADDITIVE, "semi_additive");
	RequireArg(fcinfo, ARG_NON_ADDITIVE, "non_additive");
	RequireArg(fcinfo, ARG_UNITS, "units");
	RequireArg(fcinfo, ARG_DEGENERATE, "degenerate");
	RequireArg(fcinfo, ARG_KIND, "kind");
	RequireArg(fcinfo, ARG_STORE_KEYS, "store_keys");
	RequireArg(fcinfo, ARG_DAY_ZONE, "day_zone");
	RequireArg(fcinfo, ARG_REPLACE, "replace");
	RequireObject(fcinfo, ARG_DIMENSIONS, "dimensions", "{\"dim_customer\": \"customer_id\"}");
	RequireObject(fcinfo, ARG_DATES, "dates", "{\"dim_date\": \"sold_at\"}");
	RequireObject(fcinfo, ARG_UNITS, "units", "{\"amount\": \"EUR\"}");
}

static void
CheckColumns(const Fact *fact, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (get_attnum(fact->source, lfirst(lc)) <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist", (char *) lfirst(lc),
							RelationLabel(fact->source)),
					 errdetail("Fact \"%s\" reads it.", fact->name),
					 SourceColumnHint(lfirst(lc), fact->source)));
}

static List *
Columns(FunctionCallInfo fcinfo, int arg, const Fact *fact)
{
	List	   *names = TextArrayStrings(PG_GETARG_DATUM(arg));

	CheckColumns(fact, names);
	return names;
}

/* ---- dimensions ---- */

/* Without a schema: one in the schema of the fact, or else one in the search_path. */
static Oid
RelationByName(const Fact *fact, List *names)
{
	Oid			relation = InvalidOid;

	if (list_length(names) == 1)
		relation = get_relname_relid(strVal(linitial(names)), get_namespace_oid(fact->schema, false));
	if (!OidIsValid(relation) && names != NIL)
		relation = RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, true);
	return relation;
}

/* A key of the JSON object is a name as in SQL, or else the bare name. */
static Dimension *
DimensionByName(const Fact *fact, const char *name)
{
	Oid			relation = RelationByName(fact, StarNameParts(name));

	if (!OidIsValid(relation))
		relation = RelationByName(fact, list_make1(makeString(pstrdup(name))));
	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("dimension \"%s\" does not exist", name),
				 errhint("Use SELECT * FROM elt.dimensions to list all dimensions.")));
	return DimensionNamed(relation);
}

/* hint: a sentence */
static void
ReportTypes(const Fact *fact, const Dimension *d, const char *column, const MemberColumn *key,
			const char *hint)
{
	Oid			type = get_atttype(fact->source, get_attnum(fact->source, column));

	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of type %s cannot lead to dimension \"%s\"", column,
					format_type_be(type), d->name),
			 errdetail("Its members have the natural key \"%s\" of type %s.", key->name,
					   format_type_be(key->type_oid)),
			 errhint("%s", hint)));
}

/* Can the column of the natural key have all values of this type, without rounding any? */
static bool
FitsKey(Oid type, Oid key_type)
{
	char		category;
	char		key_category;
	bool		is_preferred;

	if (can_coerce_type(1, &type, &key_type, COERCION_IMPLICIT))
		return true;
	get_type_category_preferred(getBaseType(type), &category, &is_preferred);
	get_type_category_preferred(getBaseType(key_type), &key_category, &is_preferred);
	if (category == TYPCATEGORY_NUMERIC && key_category == TYPCATEGORY_NUMERIC)
		return type == INT2OID || type == INT4OID || type == INT8OID;
	return category == TYPCATEGORY_STRING && key_category == TYPCATEGORY_STRING;
}

static bool
CanBeCompared(Oid left, Oid right)
{
	Operator	equal = oper(NULL, list_make1(makeString("=")), left, right, true, -1);

	if (equal == NULL)
		return false;
	ReleaseSysCache(equal);
	return true;
}

static void
CheckKeyTypes(const Fact *fact)
{
	ListCell   *lc;

	foreach(lc, fact->roles)
	{
		const FactRole *role = lfirst(lc);
		ListCell   *key;
		ListCell   *column;

		if (!FactRoleIs(role, "source"))
			continue;
		forboth(key, MemberKey(role->dimension), column, role->columns)
		{
			const MemberColumn *member = lfirst(key);
			Oid			type = get_atttype(fact->source, get_attnum(fact->source, lfirst(column)));

			if (!CanBeCompared(member->type_oid, type))
				ReportTypes(fact, role->dimension, lfirst(column), member,
							"Change the type of the column, or cast it in a view and create the fact "
							"over the view.");
			if (fact->infers && !FitsKey(type, member->type_oid))
				ReportTypes(fact, role->dimension, lfirst(column), member,
							"Inferred members could differ from its values: change its type, or create the "
							"fact with infer_members => false.");
		}
	}
}

static void
CheckRole(const Fact *fact, const FactRole *role, bool is_date)
{
	const Dimension *d = role->dimension;
	int			columns = FactRoleIs(role, "source") ? list_length(d->natural_key) : 1;

	if (is_date == FactRoleIs(role, "source"))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("dimension \"%s\" belongs in argument %s", d->name,
						is_date ? "dimensions" : "dates")));
	if (list_length(role->columns) != columns)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dimension \"%s\" requires %d columns of the fact's source, not %d", d->name,
						columns, list_length(role->columns)),
				 errdetail("Its members are found by (%s).", FactRoleIs(role, "source") ?
						   QuotedColumns(d->natural_key, NULL) : d->kind)));
	CheckColumns(fact, role->columns);
}

static void
CheckIsTime(const Fact *fact, const char *column, bool time_of_day)
{
	Oid			type = get_atttype(fact->source, get_attnum(fact->source, column));

	if (type == TIMESTAMPTZOID || type == TIMESTAMPOID || (type == DATEOID && !time_of_day) ||
		(type == TIMEOID && time_of_day))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of type %s is no %s", column, format_type_be(type),
					time_of_day ? "time of day" : "date or timestamp"),
			 errhint("Cast it in a view, and create the fact over the view.")));
}

static void
CheckKeyIsNew(const Fact *fact, const Dimension *d)
{
	ListCell   *lc;

	foreach(lc, fact->roles)
		if (strcmp(((FactRole *) lfirst(lc))->dimension->key, d->key) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("fact \"%s\" would have two columns \"%s\"", fact->name, d->key),
					 errhint("Create a role of one of the dimensions with elt.create_role_dimension.")));
}

static void
ReadRoles(FunctionCallInfo fcinfo, int arg, Fact *fact)
{
	Sql			q;

	SqlBegin(&q, "select e.key, case jsonb_typeof(e.value) when 'string' then array[e.value #>> '{}']"
			 " when 'array' then array(select c.value from jsonb_array_elements_text(e.value)"
			 " with ordinality c(value, n) order by c.n) else '{}' end from jsonb_each($1) e");
	SqlAdd(&q, JSONBOID, PG_GETARG_DATUM(arg), false);
	SqlRun(&q, AsCatalog());
	for (uint64 row = 0; row < q.processed; row++)
	{
		FactRole   *role = palloc(sizeof(FactRole));

		role->dimension = DimensionByName(fact, SqlText(&q, row, 1));
		role->columns = SqlTextArray(&q, row, 2);
		CheckRole(fact, role, arg == ARG_DATES);
		if (arg == ARG_DATES)
			CheckIsTime(fact, linitial(role->columns), FactRoleIs(role, "time"));
		CheckKeyIsNew(fact, role->dimension);
		fact->roles = lappend(fact->roles, role);
	}
	SqlDone(&q);
}

/* Histories are read as of the first date, unless the user names another time. */
static void
ChooseEventTime(FunctionCallInfo fcinfo, Fact *fact)
{
	bool		needed = false;
	ListCell   *lc;

	if (!PG_ARGISNULL(ARG_AS_OF))
		fact->event_time = text_to_cstring(PG_GETARG_TEXT_PP(ARG_AS_OF));
	foreach(lc, fact->roles)
	{
		FactRole   *role = lfirst(lc);

		needed |= role->dimension->durable != NULL;
		if (fact->event_time == NULL && FactRoleIs(role, "date"))
			fact->event_time = linitial(role->columns);
	}
	if (fact->event_time != NULL)
	{
		CheckColumns(fact, list_make1(fact->event_time));
		CheckIsTime(fact, fact->event_time, false);
	}
	else if (needed)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fact \"%s\" has no time as of which its histories are read", fact->name),
				 errhint("Specify the column in as_of, or a date dimension in dates.")));
}

/* ---- measures ---- */

static char *
UnitOf(FunctionCallInfo fcinfo, const char *measure)
{
	Sql			q;

	SqlBegin(&q, "select $1 ->> $2");
	SqlAdd(&q, JSONBOID, PG_GETARG_DATUM(ARG_UNITS), false);
	SqlAddText(&q, measure);
	return SqlDoText(&q, AsCatalog());
}

/* What can be summed: numbers, money and intervals. */
static void
CheckMeasureType(const Fact *fact, const char *name)
{
	Oid			type = get_atttype(fact->source, get_attnum(fact->source, name));
	char		category;
	bool		is_preferred;

	get_type_category_preferred(getBaseType(type), &category, &is_preferred);
	if (category != TYPCATEGORY_NUMERIC && category != TYPCATEGORY_TIMESPAN)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("measure \"%s\" of type %s cannot be summed", name, format_type_be(type)),
				 errhint("Name it in non_additive or in degenerate.")));
}

static void
ReadMeasures(FunctionCallInfo fcinfo, int arg, char *additivity, Fact *fact)
{
	ListCell   *lc;

	foreach(lc, Columns(fcinfo, arg, fact))
	{
		FactMeasure *measure = palloc(sizeof(FactMeasure));
		ListCell   *mc;

		foreach(mc, fact->measures)
			if (strcmp(((FactMeasure *) lfirst(mc))->name, lfirst(lc)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("measure \"%s\" is specified more than once", (char *) lfirst(lc)),
						 errhint("Name it in one of measures, semi_additive and non_additive.")));
		if (arg != ARG_NON_ADDITIVE)
			CheckMeasureType(fact, lfirst(lc));
		measure->name = lfirst(lc);
		measure->additivity = additivity;
		measure->unit = UnitOf(fcinfo, measure->name);
		fact->measures = lappend(fact->measures, measure);
	}
}

static void
CheckUnits(FunctionCallInfo fcinfo, const Fact *fact)
{
	List	   *names = NIL;
	ListCell   *lc;
	Sql			q;

	foreach(lc, fact->measures)
		names = lappend(names, ((FactMeasure *) lfirst(lc))->name);
	SqlBegin(&q, "select k from jsonb_object_keys($1) k where k <> all ($2)");
	SqlAdd(&q, JSONBOID, PG_GETARG_DATUM(ARG_UNITS), false);
	SqlAddTextArray(&q, names);
	foreach(lc, SqlDoTexts(&q, AsCatalog()))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("units names \"%s\", which is no measure", (char *) lfirst(lc))));
}

/* ---- kinds ---- */

static int
CountDates(const Fact *fact)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, fact->roles)
		n += FactRoleIs(lfirst(lc), "date");
	return n;
}

static bool
GrainHasDate(const Fact *fact)
{
	ListCell   *lc;

	foreach(lc, fact->roles)
		if (FactRoleIs(lfirst(lc), "date") &&
			NamesContain(fact->grain, linitial(((FactRole *) lfirst(lc))->columns)))
			return true;
	return false;
}

static void
ReportKind(const Fact *fact, const char *rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("fact \"%s\" cannot be of kind \"%s\"", fact->name, fact->kind),
			 errdetail("%s", rule)));
}

static void
CheckKind(const Fact *fact)
{
	if (strcmp(fact->kind, "transaction") == 0)
		return;
	if (strcmp(fact->kind, "periodic_snapshot") == 0)
	{
		if (!GrainHasDate(fact))
			ReportKind(fact, "A periodic snapshot has a date in its grain.");
	}
	else if (strcmp(fact->kind, "accumulating_snapshot") == 0)
	{
		if (CountDates(fact) < 2)
			ReportKind(fact, "An accumulating snapshot has a date for each of its milestones, at least two.");
	}
	else if (strcmp(fact->kind, "factless") == 0)
	{
		if (fact->measures != NIL)
			ReportKind(fact, "A factless fact has no measures: its rows are counted.");
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("kind of fact \"%s\" is not known: \"%s\"", fact->name, fact->kind),
				 errhint("Specify transaction, periodic_snapshot, accumulating_snapshot or factless.")));
}

static void
CheckZone(const char *zone)
{
	Sql			q;

	SqlBegin(&q, "select now() at time zone $1");
	SqlAddText(&q, zone);
	SqlDo(&q, GetUserId());
}

/* ---- definition ---- */

/* Of a view, and of a foreign table, no trigger tells which rows are new. */
static bool
InfersArg(FunctionCallInfo fcinfo, const Fact *fact)
{
	bool		can = StarCanWatch(fact->source);

	if (PG_ARGISNULL(ARG_INFER_MEMBERS))
		return can;
	if (PG_GETARG_BOOL(ARG_INFER_MEMBERS) && !can)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("members cannot be inferred from \"%s\", which is no table",
						RelationLabel(fact->source)),
				 errhint("Land the view in a table by a pipeline, and create the fact over the table.")));
	return PG_GETARG_BOOL(ARG_INFER_MEMBERS);
}

static void
CheckNoRepeats(const Fact *fact)
{
	ListCell   *lc;

	if (fact->grain == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("grain must name at least one column")));
	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;
		ListCell   *cc;

		foreach(cc, FactColumns(fact))
			if (strcmp(lfirst(cc), d->key) == 0 ||
				(d->durable != NULL && strcmp(lfirst(cc), d->durable) == 0))
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column \"%s\" of the source has the name of a dimension's key",
								(char *) lfirst(cc)),
						 errhint("Select it under another name in a view, or create a role of the "
								 "dimension.")));
	}
}

static Fact *
FactOfCall(FunctionCallInfo fcinfo, const StarName *name)
{
	Fact	   *fact = palloc0(sizeof(Fact));

	fact->schema = name->schema;
	fact->name = name->name;
	fact->view = StarRelation(name, "");
	fact->as_of = StarRelation(name, "_asof");
	fact->as_of_name = psprintf("%s_asof", name->name);
	fact->source = PG_GETARG_OID(ARG_SOURCE);
	fact->kind = text_to_cstring(PG_GETARG_TEXT_PP(ARG_KIND));
	fact->day_zone = text_to_cstring(PG_GETARG_TEXT_PP(ARG_DAY_ZONE));
	fact->role = GetUserId();
	CheckZone(fact->day_zone);
	fact->grain = Columns(fcinfo, ARG_GRAIN, fact);
	ReadRoles(fcinfo, ARG_DIMENSIONS, fact);
	ReadRoles(fcinfo, ARG_DATES, fact);
	ChooseEventTime(fcinfo, fact);
	fact->degenerate = Columns(fcinfo, ARG_DEGENERATE, fact);
	ReadMeasures(fcinfo, ARG_MEASURES, "additive", fact);
	ReadMeasures(fcinfo, ARG_SEMI_ADDITIVE, "semi-additive", fact);
	ReadMeasures(fcinfo, ARG_NON_ADDITIVE, "non-additive", fact);
	CheckUnits(fcinfo, fact);
	CheckKind(fact);
	fact->infers = InfersArg(fcinfo, fact);
	if (PG_GETARG_BOOL(ARG_STORE_KEYS))
		fact->table = StarRelation(name, "_rows");
	CheckNoRepeats(fact);
	CheckKeyTypes(fact);
	return fact;
}

/* ---- call ---- */

Datum
elt_create_fact(PG_FUNCTION_ARGS)
{
	StarName   *name;
	Fact	   *fact;
	Fact	   *old = NULL;
	Oid			relation;

	CheckArguments(fcinfo);
	SPI_connect();
	name = StarNameOf("fact", text_to_cstring(PG_GETARG_TEXT_PP(ARG_NAME)));
	relation = get_relname_relid(name->name, get_namespace_oid(name->schema, false));
	if (PG_GETARG_BOOL(ARG_REPLACE) && OidIsValid(relation))
		old = FactOf(relation);
	if (old == NULL)
		StarNameCheckNew(name, "fact", suffixes, lengthof(suffixes),
						 !PG_GETARG_BOOL(ARG_REPLACE));
	fact = FactOfCall(fcinfo, name);
	if (old != NULL)
	{
		FactCheckMayChange(old);
		fact->role = old->role;
		fact->as_of = old->as_of;
		fact->as_of_name = old->as_of_name;
	}
	relation = FactBuild(fact, old);
	SPI_finish();
	PG_RETURN_OID(relation);
}
