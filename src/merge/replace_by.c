/*
 * replace_by.c
 *	  Check which columns may tell the scopes of a pipeline apart.
 *
 * Each answer must hold whole scopes, which only whoever knows the source can tell. What its
 * definition says to the contrary is refused: an answer that has only a part of a scope, of which
 * all rows have the same params.
 */
#include "base/compat.h"
#include "merge/replace_by.h"

#include "access/transam.h"
#include "base/closest_name.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/type_equality.h"
#include "merge/reserved.h"
#include "merge/shape.h"
#include "source/kind.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* The param that a column carries, or NULL. */
static const char *
ParamOf(const SourceDefinition *source, const char *column)
{
	for (int i = 0; i < source->ncolumns; i++)
		if (source->columns[i].param != NULL && strcmp(source->columns[i].name, column) == 0 &&
			NamesContain(source->params, source->columns[i].param))
			return source->columns[i].param;
	return NULL;
}

/* A param that no column of replace_by carries, or NULL. */
static char *
ParamBeside(const Pipeline *p, const SourceDefinition *source)
{
	ListCell   *param;
	ListCell   *lc;

	foreach(param, source->params)
	{
		bool		found = false;

		foreach(lc, p->replace_by)
		{
			const char *carried = ParamOf(source, lfirst(lc));

			found |= carried != NULL && strcmp(carried, lfirst(param)) == 0;
		}
		if (!found)
			return lfirst(param);
	}
	return NULL;
}

static bool
AllAreParams(const Pipeline *p, const SourceDefinition *source)
{
	ListCell   *lc;

	foreach(lc, p->replace_by)
		if (ParamOf(source, lfirst(lc)) == NULL)
			return false;
	return true;
}

bool
ReplaceByParams(const Pipeline *p, const SourceDefinition *source)
{
	return AllAreParams(p, source) && ParamBeside(p, source) == NULL;
}

static void
CheckNamed(const Pipeline *p)
{
	ListCell   *lc;

	if (p->replace_by == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("strategy \"replace\" requires option \"replace_by\""),
				 errhint("Specify the columns within whose values an answer has all rows, for "
						 "example options => '{\"replace_by\": [\"order_id\"]}'.")));
	foreach(lc, p->replace_by)
		for (int i = 0; i < foreach_current_index(lc); i++)
			if (strcmp(list_nth(p->replace_by, i), lfirst(lc)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column \"%s\" appears twice in replace_by", (char *) lfirst(lc)),
						 errhint("Specify each column once.")));
}

/* The rows of a scope are found by "=", and by an index: it must mean the same value. */
static void
CheckColumn(const Pipeline *p, const char *column)
{
	AttrNumber	attnum = get_attnum(p->source, column);
	Oid			type;
	Oid			typcollation;
	int32		typmod;

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("replace_by column \"%s\" does not exist in source \"%s\"", column,
						RelationLabel(p->source)),
				 SourceColumnHint(column, p->source)));
	get_atttypetypmodcoll(p->source, attnum, &type, &typmod, &typcollation);
	if (EqualityIsExact(type, typcollation) &&
		OidIsValid(lookup_type_cache(getBaseType(type), TYPECACHE_LT_OPR)->lt_opr))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("strategy \"replace\" cannot identify rows by column \"%s\" of type %s", column,
					format_type_be(type)),
			 errdetail("Its type has no built-in ordering, or its collation is nondeterministic."),
			 errhint("Use a built-in type such as text, with a deterministic collation.")));
}

/* An answer is one of several windows, or only what is newer than the last one. */
static void
CheckAnswersAreWhole(const Pipeline *p, const SourceDefinition *source)
{
	bool		goes_on = (source->cursor_column != NULL || source->resumes) && !PipelineLoadsAll(p);

	if (source->window == NULL && !goes_on)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("answers of source \"%s\" are parts of the scopes of replace_by",
					source->relation),
			 goes_on
			 ? errdetail("All rows of the same params are one scope, but an answer only has rows "
						 "that follow those of the last one.")
			 : errdetail("All rows of the same params are one scope, but an answer only has the "
						 "rows of one window."),
			 goes_on
			 ? errhint("Add a column that each answer has all rows of, or choose strategy "
					   "\"upsert\".")
			 : errhint("Choose strategy \"replace_window\", or add a column that each answer has "
					   "all rows of.")));
}

static void
CheckHasAllParams(const Pipeline *p, const SourceDefinition *source)
{
	char	   *beside = ParamBeside(p, source);

	if (beside == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("answers of source \"%s\" are parts of the scopes of replace_by",
					source->relation),
			 errdetail("No column of replace_by has param \"%s\", so the rows of all its values are "
					   "one scope.", beside),
			 errhint("Add a column with OPTIONS (%s) to replace_by.",
					 source->kind->param_option(beside))));
}

void
ReplaceByCheck(const Pipeline *p, const SourceDefinition *source)
{
	ListCell   *lc;

	ReservedNamesCheck(p->source);
	CheckNamed(p);
	foreach(lc, p->replace_by)
		CheckColumn(p, lfirst(lc));
	/* a record of a child's parent holds all rows of its scope */
	if (p->parent_id != 0 || !AllAreParams(p, source))
		return;
	CheckHasAllParams(p, source);
	CheckAnswersAreWhole(p, source);
}
