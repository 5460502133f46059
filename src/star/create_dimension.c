/*
 * create_dimension.c
 *	  Create a dimension over a source, or over the distinct values of facts.
 */
#include "base/compat.h"
#include "star/create_dimension.h"

#include "access/relation.h"
#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_expression.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "merge/target.h"
#include "miscadmin.h"
#include "star/aggregate_build.h"
#include "star/attribute_drop.h"
#include "star/dependent_view.h"
#include "star/fact_view.h"
#include "star/fixed_member.h"
#include "star/hierarchy.h"
#include "star/member.h"
#include "star/member_infer.h"
#include "star/member_sync.h"
#include "star/role_dimension.h"
#include "star/star_argument.h"
#include "star/star_name.h"
#include "star/star_turn.h"
#include "star/star_watch.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(elt_create_dimension);

enum
{
	ARG_NAME, ARG_SOURCE, ARG_NATURAL_KEY, ARG_ATTRIBUTES, ARG_TYPE, ARG_MAPPING,
	ARG_DISTINCT_VALUES, ARG_HIERARCHIES, ARG_VALID_WHEN, ARG_VALID_FROM, ARG_VALID_TO, ARG_REPLACE,
	ARG_CASCADE
};

static const char *const suffixes[] = {"_members", "_current"};

static void
CheckArguments(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, ARG_NAME, "name");
	RequireArg(fcinfo, ARG_SOURCE, "source");
	RequireArg(fcinfo, ARG_NATURAL_KEY, "natural_key");
	RequireArg(fcinfo, ARG_DISTINCT_VALUES, "distinct_values");
	RequireArg(fcinfo, ARG_VALID_FROM, "valid_from");
	RequireArg(fcinfo, ARG_VALID_TO, "valid_to");
	RequireArg(fcinfo, ARG_REPLACE, "replace");
	RequireArg(fcinfo, ARG_CASCADE, "cascade");
}

/* ---- source ---- */

static bool
Has(Oid relation, const char *column)
{
	return get_attnum(relation, column) > 0;
}

static int
TypeArg(FunctionCallInfo fcinfo, Oid source, const Dimension *d)
{
	int			type;

	if (PG_ARGISNULL(ARG_TYPE))
		return OidIsValid(source) && Has(source, "_sk") && Has(source, d->valid_from) &&
			Has(source, d->valid_to) ? 2 : 1;
	type = PG_GETARG_INT32(ARG_TYPE);
	if (type != 1 && type != 2 && type != 6)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("type of a dimension must be 1, 2 or 6")));
	return type;
}

static void
CheckHistory(const Dimension *d)
{
	Oid			type;

	if (!OidIsValid(d->source) || OidIsValid(d->derived_from))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a dimension of distinct values cannot be of type %d", d->type),
				 errdetail("Values have no history.")));
	if (!Has(d->source, d->valid_from) || !Has(d->source, d->valid_to))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("source \"%s\" has no columns \"%s\" and \"%s\"", RelationLabel(d->source),
						d->valid_from, d->valid_to),
				 errhint("A dimension of type %d requires a history, such as the target of strategy "
						 "scd2, or the names of its columns in valid_from and valid_to.", d->type)));
	type = MemberTimeType(d);
	if ((type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID) ||
		type != get_atttype(d->source, get_attnum(d->source, d->valid_to)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("columns \"%s\" and \"%s\" of a history must both be dates or timestamps",
						d->valid_from, d->valid_to)));
}

/* A table that only looks like a history has one row for each member. */
static bool
HasVersions(const Dimension *d, bool type_is_given)
{
	if (!OidIsValid(d->source) || !Has(d->source, d->valid_from) || !Has(d->source, d->valid_to))
		return false;
	return Has(d->source, "_sk") ||
		(type_is_given && TargetLeadingColumn(d->source, d->natural_key) == NULL);
}

/* A dimension of type 1 over a history has the newest version of each member. */
static void
ChooseHistory(Dimension *d, bool type_is_given)
{
	if (d->type != 1 || HasVersions(d, type_is_given))
		CheckHistory(d);
	else
		d->valid_from = d->valid_to = NULL;
}

/* All columns but the key and those of the history and of pg_elt. */
static List *
OtherColumns(const Dimension *d)
{
	static const char *const own[] = {"is_current", "is_inferred", "is_deleted", "valid_from", "valid_to"};
	List	   *names = NIL;
	Relation	rel = RelationOpen(d->source, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		char	   *name = NameStr(TupleDescAttr(desc, i)->attname);
		bool		is_own = name[0] == '_' || NamesContain(d->natural_key, name) ||
			(d->valid_from != NULL && strcmp(name, d->valid_from) == 0) ||
			(d->valid_to != NULL && strcmp(name, d->valid_to) == 0);

		for (int n = 0; n < lengthof(own) && d->valid_to != NULL; n++)
			is_own |= strcmp(name, own[n]) == 0;
		if (!TupleDescAttr(desc, i)->attisdropped && !is_own)
			names = lappend(names, pstrdup(name));
	}
	relation_close(rel, AccessShareLock);
	return names;
}

static void
CheckNames(const Dimension *d, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		if (name[0] == '_' || strcmp(name, d->key) == 0 || strcmp(name, "is_inferred") == 0 ||
			strcmp(name, "is_deleted") == 0 ||
			(d->type != 1 && (strcmp(name, d->durable) == 0 || strcmp(name, "valid_from") == 0 ||
							  strcmp(name, "valid_to") == 0 || strcmp(name, "is_current") == 0)))
			ereport(ERROR,
					(errcode(ERRCODE_RESERVED_NAME),
					 errmsg("column name \"%s\" is reserved in a dimension", name),
					 errhint("Select it under another name in a view.")));
	}
}

static void
ExplainCondition(void *arg)
{
	ErrorIsInText(arg);
}

/* One condition, on columns of the natural key. */
static void
CheckCondition(const Dimension *d)
{
	ErrorContextCallback context = {error_context_stack, ExplainCondition, d->valid_when};
	StringInfoData columns;
	ListCell   *lc;

	if (d->valid_when == NULL)
		return;
	error_context_stack = &context;
	if (SqlExpressionParse(d->valid_when) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("valid_when must be one expression")));
	error_context_stack = context.previous;
	initStringInfo(&columns);
	foreach(lc, MemberSourceKey(d))
		appendStringInfo(&columns, "%sNULL::%s AS %s", columns.len > 0 ? ", " : "",
						 ((MemberColumn *) lfirst(lc))->type, ((MemberColumn *) lfirst(lc))->quoted);
	(void) SqlExec(psprintf("SELECT (%s) IS FALSE FROM (SELECT %s) k", d->valid_when, columns.data),
				   d->role);
}

static void
CheckColumns(const Dimension *d)
{
	ListCell   *lc;

	if (d->natural_key == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("natural_key must name at least one column")));
	foreach(lc, d->attributes)
		if (NamesContain(d->natural_key, lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("column \"%s\" is part of the natural key", (char *) lfirst(lc))));
	CheckNames(d, d->natural_key);
	CheckNames(d, d->attributes);
	(void) MemberSourceKey(d);
	(void) MemberAttributes(d);
	CheckCondition(d);
}

static void
ReadSource(FunctionCallInfo fcinfo, Dimension *d)
{
	Oid			source = PG_GETARG_OID(ARG_SOURCE);
	bool		distinct = PG_GETARG_BOOL(ARG_DISTINCT_VALUES) || !PG_ARGISNULL(ARG_MAPPING);

	d->valid_from = TextArgOrNull(fcinfo, ARG_VALID_FROM);
	d->valid_to = TextArgOrNull(fcinfo, ARG_VALID_TO);
	d->derived_from = distinct ? source : InvalidOid;
	d->source = distinct ? InvalidOid : source;
	if (!PG_ARGISNULL(ARG_MAPPING))
		d->source = PG_GETARG_OID(ARG_MAPPING);
	d->type = TypeArg(fcinfo, d->source, d);
	d->natural_key = TextArrayStrings(PG_GETARG_DATUM(ARG_NATURAL_KEY));
	ChooseHistory(d, !PG_ARGISNULL(ARG_TYPE));
	if (!PG_ARGISNULL(ARG_ATTRIBUTES))
		d->attributes = TextArrayStrings(PG_GETARG_DATUM(ARG_ATTRIBUTES));
	else if (OidIsValid(d->source))
		d->attributes = OtherColumns(d);
	if (d->attributes != NIL && !OidIsValid(d->source))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("distinct values have no attributes"),
				 errhint("Add the columns to natural_key, or specify mapping, a table with the "
						 "attributes of each value.")));
}

/* ---- creation ---- */

static void
NameMembers(Dimension *d, const StarName *name)
{
	d->kind = "source";
	d->schema = name->schema;
	d->name = name->name;
	d->view = StarRelation(name, "");
	d->newest = StarRelation(name, "_current");
	d->newest_name = psprintf("%s_current", name->name);
	d->table = StarRelation(name, "_members");
	d->key = d->stored_key = StarKeyName(name->name, "_key");
	if (d->type != 1)
		d->durable = d->stored_durable = StarKeyName(name->name, "_durable_key");
	d->role = GetUserId();
}

static void
Watch(const Dimension *d)
{
	StarWatch(d->source, d->role);
	StarWatch(d->derived_from, d->role);
}

static int64
Fill(const Dimension *d)
{
	int64		written = 0;

	if (OidIsValid(d->source))
		written += MembersSync(d, NULL);
	if (OidIsValid(d->derived_from))
		written += MembersInfer(d, QuotedRelation(d->derived_from), d->derived_from,
								d->natural_key);
	return written;
}

static Oid
Create(Dimension *d)
{
	Watch(d);
	MembersCreateTable(d);
	MembersCreateViews(d);
	d->relation = d->base = DimensionRegister(d);
	(void) Fill(d);
	(void) SqlExec(psprintf("ANALYZE %s", d->table), d->role);
	return d->relation;
}

/* ---- change ---- */

static void
ReportCannotChange(const Dimension *d, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s of dimension \"%s\" cannot be changed", what, d->name),
			 errhint("Create a dimension under another name, point the facts to it with replace, and "
					 "drop this one, all in one transaction.")));
}

static char *
StoredType(const Dimension *d, const char *column)
{
	Sql			q;

	SqlBegin(&q, "select pg_catalog.format_type(atttypid, atttypmod) from pg_catalog.pg_attribute"
			 " where attrelid = $1::regclass and attname = $2 and not attisdropped");
	SqlAddText(&q, d->table);
	SqlAddText(&q, column);
	return SqlDoText(&q, AsCatalog());
}

static char *
SourceType(const Dimension *d, const char *column)
{
	Sql			q;

	SqlBegin(&q, "select pg_catalog.format_type(atttypid, atttypmod) from pg_catalog.pg_attribute"
			 " where attrelid = $1 and attname = $2");
	SqlAddOid(&q, REGCLASSOID, MemberRelation(d));
	SqlAddText(&q, column);
	return SqlDoText(&q, AsCatalog());
}

/* The fixed members have their names where there is room for them. */
static void
NameFixedMembers(const Dimension *d, const MemberColumn *column)
{
	for (int key = MEMBER_UNKNOWN; column->named && key >= MEMBER_INVALID; key--)
		(void) SqlExec(psprintf("UPDATE %s SET %s = %s WHERE %s = %d", d->table, column->quoted,
								quote_literal_cstr(FixedMemberName(key)),
								quote_identifier(d->stored_key), key), d->role);
}

/* Columns of the source (MemberColumn *) that are stored with another type. */
static List *
ChangedColumns(const Dimension *d)
{
	List	   *changed = NIL;
	ListCell   *lc;

	foreach(lc, list_concat(MemberSourceKey(d), MemberAttributes(d)))
	{
		const MemberColumn *column = lfirst(lc);
		char	   *stored = StoredType(d, column->name);

		if (stored != NULL && strcmp(stored, SourceType(d, column->name)) != 0)
			changed = lappend(changed, unconstify(MemberColumn *, column));
	}
	return changed;
}

static void
ChangeType(const Dimension *d, const MemberColumn *column)
{
	(void) SqlExec(psprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING"
							" (CASE WHEN %s > 0 THEN %s END)::%s", d->table, column->quoted,
							column->type, quote_identifier(d->stored_key), column->quoted,
							column->type), d->role);
	NameFixedMembers(d, column);
}

/* What shows the columns, here and elsewhere, shows them with their new types. */
static bool
ChangeTypes(Dimension *d)
{
	List	   *changed = ChangedColumns(d);
	List	   *names = NIL;
	List	   *views;
	ListCell   *lc;

	if (changed == NIL)
		return false;
	foreach(lc, changed)
		names = lappend(names, ((MemberColumn *) lfirst(lc))->name);
	views = DependentViewsTake(d->table, names);
	FixedMembersUnpin(d->table, d->role);
	foreach(lc, changed)
		ChangeType(d, lfirst(lc));
	DependentViewsPutBack(views);
	d->relation = d->base = get_relname_relid(d->name, get_namespace_oid(d->schema, false));
	return true;
}

/* Columns that the table does not have yet. */
static bool
AddAttributes(const Dimension *d)
{
	bool		added = false;
	ListCell   *lc;

	foreach(lc, MemberAttributes(d))
	{
		const MemberColumn *column = lfirst(lc);

		if (StoredType(d, column->name) != NULL)
			continue;
		(void) SqlExec(psprintf("ALTER TABLE %s ADD COLUMN %s %s", d->table, column->quoted,
								column->type), d->role);
		NameFixedMembers(d, column);
		added = true;
	}
	return added;
}

/* Have types changed? */
static bool
FitTable(Dimension *d)
{
	bool		changed = ChangeTypes(d);
	bool		added = AddAttributes(d);

	if (changed || added)
		MembersPinFixed(d);
	return changed;
}

/* Groups have the types of what they are grouped by. */
static void
RebuildAggregates(const Dimension *d)
{
	ListCell   *lc;

	foreach(lc, AggregatesOfDimension(d->base))
	{
		const Aggregate old = *(const Aggregate *) lfirst(lc);

		(void) AggregateBuild(lfirst(lc), &old);
	}
}

/* In the order of the columns that are there, and then the new ones. */
static void
OrderAttributes(Dimension *d, const Dimension *old)
{
	List	   *attributes = list_copy(old->attributes);
	ListCell   *lc;

	foreach(lc, d->attributes)
		if (!NamesContain(attributes, lfirst(lc)))
			attributes = lappend(attributes, lfirst(lc));
	d->attributes = attributes;
}

/* Roles have the attributes that their dimension has. */
static void
PutRoles(const Dimension *d)
{
	ListCell   *lc;

	foreach(lc, DimensionRoles(d->base))
		RoleDimensionPutView(lfirst(lc), d);
}

int64
DimensionRebuild(Dimension *d)
{
	int64		written;
	bool		changed;
	ListCell   *lc;

	Watch(d);
	changed = FitTable(d);
	MembersCreateViews(d);
	(void) DimensionRegister(d);
	PutRoles(d);
	if (changed)
		RebuildAggregates(d);
	written = Fill(d);
	foreach(lc, FactsOfDimension(d->base))
	{
		const Fact *fact = lfirst(lc);

		FactPutAsOf(fact);
		FactNoteAsOf(fact);
	}
	return written;
}

static Oid
Replace(Dimension *d, Dimension *old, bool cascade)
{
	DimensionCheckMayChange(old);
	if (old->is_role || strcmp(old->kind, "source") != 0)
		ReportCannotChange(d, "kind");
	if (!NamesAreSame(d->natural_key, old->natural_key))
		ReportCannotChange(d, "natural key");
	if (d->type != old->type)
		ReportCannotChange(d, "type");
	StarTurnTake(list_make1_oid(old->relation));
	d->role = old->role;
	d->relation = d->base = old->relation;
	d->members = old->members;
	d->table = old->table;
	d->newest = old->newest;
	d->newest_name = old->newest_name;
	d->key = old->key;
	d->stored_key = old->stored_key;
	d->durable = old->durable;
	d->stored_durable = old->stored_durable;
	DimensionDropAttributes(d, old, cascade);
	OrderAttributes(d, old);
	(void) DimensionRebuild(d);
	StarUnwatch(old->source);
	StarUnwatch(old->derived_from);
	return d->relation;
}

/* ---- call ---- */

static Dimension *
DimensionOfCall(FunctionCallInfo fcinfo, const StarName *name)
{
	Dimension  *d = palloc0(sizeof(Dimension));

	ReadSource(fcinfo, d);
	d->valid_when = TextArgOrNull(fcinfo, ARG_VALID_WHEN);
	if (!PG_ARGISNULL(ARG_HIERARCHIES))
	{
		RequireObject(fcinfo, ARG_HIERARCHIES, "hierarchies",
					  "{\"geography\": [\"city\", \"region\", \"country\"]}");
		d->hierarchies = JsonbToCString(NULL, &PG_GETARG_JSONB_P(ARG_HIERARCHIES)->root, 0);
	}
	NameMembers(d, name);
	CheckColumns(d);
	HierarchiesCheck(d);
	return d;
}

Datum
elt_create_dimension(PG_FUNCTION_ARGS)
{
	StarName   *name;
	Dimension  *old = NULL;
	Oid			relation;

	CheckArguments(fcinfo);
	SPI_connect();
	name = StarNameOf("dimension", text_to_cstring(PG_GETARG_TEXT_PP(ARG_NAME)));
	relation = get_relname_relid(name->name, get_namespace_oid(name->schema, false));
	if (PG_GETARG_BOOL(ARG_REPLACE) && OidIsValid(relation))
		old = DimensionOf(relation);
	if (old == NULL)
		StarNameCheckNew(name, "dimension", suffixes, lengthof(suffixes),
						 !PG_GETARG_BOOL(ARG_REPLACE));
	relation = old == NULL ? Create(DimensionOfCall(fcinfo, name)) :
		Replace(DimensionOfCall(fcinfo, name), old, PG_GETARG_BOOL(ARG_CASCADE));
	SPI_finish();
	PG_RETURN_OID(relation);
}
