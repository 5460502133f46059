/*
 * scd2_target.c
 *	  Create and check the tables of a slowly changing dimension.
 */
#include "base/compat.h"
#include "merge/scd2_target.h"

#include "access/xact.h"
#include "base/sql.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "merge/late.h"
#include "merge/reserved.h"
#include "merge/target.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

static bool
Is(const char *text, const char *value)
{
	return text != NULL && strcmp(text, value) == 0;
}

static void
CheckOnlyScd2(const Pipeline *p)
{
	const char *option = NULL;

	if (p->track_columns != NIL)
		option = "track_columns";
	else if (!Is(p->deletes, "close"))
		option = "deletes";
	else if (!Is(p->first_valid_from, "event"))
		option = "first_valid_from";
	else if (p->late_horizon != NULL)
		option = "late_horizon";
	else if (!Is(p->late_policy, "rebuild"))
		option = "late_policy";
	if (option != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs strategy \"scd2\"", option),
				 errdetail("It says how a history is kept, and strategy \"%s\" keeps none.",
						   p->strategy)));
}

static void
CheckValues(const Pipeline *p)
{
	if (!Is(p->deletes, "close") && !Is(p->deletes, "mark") && !Is(p->deletes, "ignore"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("deletes cannot be \"%s\"", p->deletes),
				 errhint("It is \"close\", \"mark\" or \"ignore\".")));
	if (!Is(p->deletes, "close") && p->delete_when == NULL && Is(p->absent, "ignore"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("deletes => '%s' needs delete_when", p->deletes),
				 errdetail("Without delete_when no row is a delete.")));
	if (!Is(p->first_valid_from, "event") && !Is(p->first_valid_from, "-infinity"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("first_valid_from cannot be \"%s\"", p->first_valid_from),
				 errhint("It is \"event\" or \"-infinity\".")));
}

static void
CheckTime(const Pipeline *p)
{
	const char *column;
	Oid			type;

	if (p->sequence_by == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"scd2\" needs sequence_by"),
				 errhint("Its first column is the time at which a row became true; further ones "
						 "decide between rows of one instant.")));
	column = linitial(p->sequence_by);
	type = get_atttype(p->source, get_attnum(p->source, column));
	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("sequence_by column \"%s\" has type %s, but strategy \"scd2\" needs a time first",
						column, format_type_be(type)),
				 errhint("The first column of sequence_by is timestamptz, timestamp or date.")));
}

/* Names of the history's own columns. */
static void
CheckNames(const Pipeline *p)
{
	static const char *const own[] = {"valid_from", "valid_to", "is_current"};

	ReservedNamesCheck(p->source);
	for (int i = 0; i < lengthof(own); i++)
		if (get_attnum(p->source, own[i]) != InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_RESERVED_NAME),
					 errmsg("source column \"%s\" has a name that strategy \"scd2\" keeps for itself",
							own[i]),
					 errdetail("A history has valid_from, valid_to and is_current of its own."),
					 errhint("Rename it in the source: the foreign table's columns take a "
							 "\"path\" option.")));
}

static void
CheckTracked(const Pipeline *p)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, p->track_columns)
	{
		const char *column = lfirst(lc);

		if (get_attnum(p->source, column) <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("track_columns column \"%s\" is not a column of %s", column,
							QuotedRelation(p->source))));
		foreach(other, list_concat_copy(p->key, p->sequence_by))
			if (Is(column, lfirst(other)))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("track_columns column \"%s\" is part of key or sequence_by",
								column)));
	}
}

/* late_horizon was changed in the catalogue. */
void
Scd2HorizonChanged(const Pipeline *p)
{
	Scd2CheckOptions(p);
	LateIndexEnsure(Scd2Of(MergeShapeOf(p)));
}

void
Scd2CheckOptions(const Pipeline *p)
{
	if (!Is(p->strategy, "scd2"))
	{
		CheckOnlyScd2(p);
		return;
	}
	CheckValues(p);
	LateCheckOptions(p);
	CheckTime(p);
	CheckTracked(p);
	CheckNames(p);
	if (p->partition_by != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a target of strategy \"scd2\" cannot be partitioned"),
				 errhint("Leave out partition_by.")));
}

static char *
Companion(Oid target, const char *suffix)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(target)),
									  psprintf("%s_%s", get_rel_name(target), suffix));
}

static void
ChooseAttributes(Scd2 *scd)
{
	const MergeShape *shape = scd->shape;
	List	   *named = ColumnsNamed(shape, shape->pipeline->track_columns);
	ListCell   *lc;

	foreach(lc, shape->values)
	{
		MergeColumn *column = lfirst(lc);

		if (list_member_ptr(shape->sequence, column))
			continue;
		scd->attributes = lappend(scd->attributes, column);
		if (named == NIL || list_member_ptr(named, column))
			scd->tracked = lappend(scd->tracked, column);
		else
			scd->untracked = lappend(scd->untracked, column);
	}
}

static void
ChooseRangeType(Scd2 *scd)
{
	Oid			source = scd->shape->pipeline->source;
	const char *column = linitial(scd->shape->pipeline->sequence_by);

	switch (get_atttype(source, get_attnum(source, column)))
	{
		case DATEOID:
			scd->range = "daterange";
			scd->multirange = "datemultirange";
			break;
		case TIMESTAMPOID:
			scd->range = "tsrange";
			scd->multirange = "tsmultirange";
			break;
		default:
			scd->range = "tstzrange";
			scd->multirange = "tstzmultirange";
	}
}

Scd2 *
Scd2Of(const MergeShape *shape)
{
	Scd2	   *scd = palloc0(sizeof(Scd2));

	scd->shape = shape;
	scd->time = linitial(shape->sequence);
	scd->marks = Is(shape->pipeline->deletes, "mark");
	scd->first_is_infinite = Is(shape->pipeline->first_valid_from, "-infinity");
	scd->ignores = Is(shape->pipeline->deletes, "ignore");
	ChooseRangeType(scd);
	ChooseAttributes(scd);
	if (OidIsValid(shape->pipeline->target))
	{
		scd->observed = Companion(shape->pipeline->target, "observed");
		scd->restated = Companion(shape->pipeline->target, "restated");
	}
	return scd;
}

char *
Scd2Definitions(List *columns, bool not_null)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);

		appendStringInfo(&sql, "%s %s%s, ", column->name, column->type,
						 not_null ? " NOT NULL" : "");
	}
	return sql.data;
}

/*
 * One index beside the surrogate key's, since each costs a page per change: its order finds the
 * current version and that of any time, and it lets no key have two that end together. It is
 * checked at the end of a statement, because one may let two versions of a key change places.
 */
static char *
VersionsStatement(const Scd2 *scd, const char *target)
{
	const char *keys = ColumnList(scd->shape->keys, NULL);

	return psprintf("CREATE TABLE %s (_sk bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "
					"%s%s_hash bigint, valid_from %s NOT NULL, "
					"valid_to %s NOT NULL DEFAULT 'infinity', "
					"is_current boolean GENERATED ALWAYS AS (valid_to = 'infinity') STORED, "
					"%s_run_id bigint, _loaded_at timestamptz, CHECK (valid_from < valid_to), "
					"UNIQUE (%s, valid_to) DEFERRABLE)",
					target, Scd2Definitions(scd->shape->keys, true),
					Scd2Definitions(scd->attributes, false), scd->time->type, scd->time->type,
					scd->marks ? "_deleted boolean NOT NULL DEFAULT false, " : "", keys);
}

static char *
ObservedStatement(const Scd2 *scd)
{
	const char *keys = ColumnList(scd->shape->keys, NULL);
	const char *time = scd->time->name;

	return psprintf("CREATE TABLE %s (%s%s%s_deleted boolean NOT NULL, _hash bigint, "
					"_row_hash bigint NOT NULL, _run_id bigint, _loaded_at timestamptz, "
					"_pruned boolean NOT NULL DEFAULT false, "
					"PRIMARY KEY (%s, %s))", scd->observed,
					Scd2Definitions(scd->shape->keys, true),
					Scd2Definitions(scd->shape->sequence, true),
					Scd2Definitions(scd->attributes, false),
					keys, time);
}

static char *
RestatedStatement(const Scd2 *scd)
{
	const char *keys = ColumnList(scd->shape->keys, NULL);

	return psprintf("CREATE TABLE %s (_batch bigint NOT NULL, %s_old_sk bigint NOT NULL, "
					"_new_sk bigint NOT NULL, valid_from %s NOT NULL, valid_to %s NOT NULL, "
					"_run_id bigint, _loaded_at timestamptz, "
					"PRIMARY KEY (_batch, %s, valid_from))", scd->restated,
					Scd2Definitions(scd->shape->keys, true), scd->time->type, scd->time->type,
					keys);
}

static void
CheckNameLength(const char *target)
{
	if (strlen(target) + strlen("_observed") >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("the name of target \"%s\" is too long for a table \"%s_observed\"",
						target, target)));
}

static void
CreateIfMissing(Oid target, const char *suffix, const char *statement, Oid owner)
{
	char	   *name = psprintf("%s_%s", get_rel_name(target), suffix);

	if (!OidIsValid(get_relname_relid(name, get_rel_namespace(target))))
		SqlExec(statement, owner);
}

Oid
Scd2TargetEnsure(const char *target_name, const Pipeline *definition)
{
	Pipeline	p = *definition;
	Scd2	   *scd = Scd2Of(SourceShape(&p));
	MergeShape *shape;
	char	   *table;

	p.target = TargetFind(target_name, &table);
	if (!OidIsValid(p.target))
	{
		SqlExec(VersionsStatement(scd, table), p.owner);
		p.target = TargetFind(table, &table);
	}
	CheckNameLength(get_rel_name(p.target));

	shape = SourceShape(&p);
	shape->target = QuotedRelation(p.target);
	scd = Scd2Of(shape);
	CreateIfMissing(p.target, "observed", ObservedStatement(scd), p.owner);
	CreateIfMissing(p.target, "restated", RestatedStatement(scd), p.owner);
	LateIndexEnsure(scd);
	CommandCounterIncrement();
	Scd2TargetCheck(shape);
	return p.target;
}

static Oid
RelationNamed(const char *table)
{
	List	   *names = textToQualifiedNameList(cstring_to_text(table));

	return RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, true);
}

/* Name what a table lacks; "" when it has all. */
static char *
MissingColumns(const char *table, List *columns, const char *own)
{
	StringInfoData missing;
	ListCell   *lc;
	Oid			relid = RelationNamed(table);

	initStringInfo(&missing);
	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);
		const char *quoted = column->name;
		List	   *name = textToQualifiedNameList(cstring_to_text(quoted));

		if (get_attnum(relid, strVal(linitial(name))) <= 0)
			appendStringInfo(&missing, "ALTER TABLE %s ADD COLUMN %s %s;\n", table, quoted,
							 column->type);
	}
	if (get_attnum(relid, own) <= 0)
		appendStringInfo(&missing, "%s was not made for strategy \"scd2\".\n", table);
	return missing.data;
}

static void
CheckExists(const Scd2 *scd, const char *table)
{
	if (!OidIsValid(RelationNamed(table)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table %s, which belongs to the history of %s, does not exist", table,
						scd->shape->target),
				 errhint("Restore it, or create the pipeline again with another target.")));
}

void
Scd2TargetCheck(const MergeShape *shape)
{
	Scd2	   *scd = Scd2Of(shape);
	List	   *stored = list_concat_copy(shape->keys, scd->attributes);
	char	   *lacking;

	CheckExists(scd, scd->observed);
	CheckExists(scd, scd->restated);
	lacking = psprintf("%s%s%s",
					   MissingColumns(shape->target, stored, scd->marks ? "_deleted" : "_sk"),
					   MissingColumns(scd->observed, shape->columns, "_pruned"),
					   MissingColumns(scd->restated, shape->keys, "_new_sk"));
	if (*lacking != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("table %s does not fit its source", shape->target),
				 errdetail("The history lacks columns of the source."),
				 errhint("%s", lacking)));
}
