/*
 * hand_over.c
 *	  Change a pipeline's owner, source, or the names of its columns.
 *
 * Cursors, history, rejects, checks and schedule are kept. The staged batch is discarded: it was
 * read under the previous definition, and the cursor has not moved past it.
 */
#include "base/compat.h"
#include "pipeline/hand_over.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "catalog/pipeline_option.h"
#include "catalog/staged.h"
#include "catalog/truncated.h"
#include "check/declared_check.h"
#include "check/renaming.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "load/work.h"
#include "merge/checked_shape.h"
#include "merge/scd2_rename.h"
#include "miscadmin.h"
#include "pipeline/define.h"
#include "pipeline/source_rights.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* ---- owner ---- */

static void
CheckMayBecome(Oid owner)
{
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(owner)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", owner)));
	CheckCanBecome_compat(owner);
}

static void
StoreOwner(const Pipeline *p, Oid owner)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.pipeline set owner = $2, changed_at = clock_timestamp() "
			 "where id = $1");
	SqlAddInt4(&q, p->id);
	SqlAddOid(&q, REGROLEOID, owner);
	SqlDo(&q, AsCatalog());
}

void
HandOverOwner(Pipeline *p, Oid owner)
{
	Pipeline	before = *p;

	CheckMayBecome(owner);
	SourceViewDrop(p);
	StagingRevoke(p);
	WorkTablesDrop(p);
	p->owner = owner;
	StoreOwner(p, owner);
	StagingRelease(before.owner);
	StagingGrantRows(p);
	SourceViewEnsure(p);
	SourceCheckReadable(p->source, owner);
}

/* ---- source and names of columns ---- */

static List *
RenamedAll(const Renaming *r, List *names)
{
	List	   *renamed = NIL;
	ListCell   *lc;

	foreach(lc, names)
		renamed = lappend(renamed, RenamedColumn(r, lfirst(lc)));
	return renamed;
}

static void
RenameInOption(Pipeline *p, const PipelineOption *o, const Renaming *r)
{
	bool		isnull;
	Datum		value = PipelineOptionGet(o, p, &isnull);

	if (isnull)
		return;
	if (o->type == TEXTARRAYOID)
		value = TextArrayDatum(RenamedAll(r, TextArrayStrings(value)));
	else
		value = CStringGetTextDatum(RenamedColumn(r, TextDatumGetCString(value)));
	PipelineOptionPut(o, p, value, false);
}

static void
RenameColumns(Pipeline *p, Jsonb *columns)
{
	Renaming	r = {p->name, p->name, columns};

	for (int i = 0; i < PipelineOptionCount; i++)
		if (PipelineOptions[i].traits & OPTION_COLUMNS)
			RenameInOption(p, &PipelineOptions[i], &r);
	if (p->delete_when != NULL)
		p->delete_when = RenamedCondition(&r, p->delete_when);
	p->parent_key = RenamedAll(&r, p->parent_key);
	ChecksRename(p, &r);
	TruncatedRename(p, columns);
	Scd2RenameColumns(p, &r);
}

static void
StorePolicyColumn(const Pipeline *p)
{
	Sql			q;

	if (p->partition_by == NULL)
		return;
	SqlBegin(&q, "update elt_catalog.policy set partition_column = $2 where relation = $1 "
			 "and partition_column <> $2");
	SqlAddOid(&q, REGCLASSOID, p->target);
	SqlAddText(&q, p->partition_by);
	SqlDo(&q, AsCatalog());
}

static Bitmapset *
OptionsOverColumns(void)
{
	Bitmapset  *options = bms_make_singleton(PipelineOptionNumber("delete_when"));

	for (int i = 0; i < PipelineOptionCount; i++)
		if (PipelineOptions[i].traits & OPTION_COLUMNS)
			options = bms_add_member(options, i);
	return options;
}

static void
StoreSource(const Pipeline *p)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.pipeline set source = $2, parent_key = $3 where id = $1");
	SqlAddInt4(&q, p->id);
	SqlAddOid(&q, REGCLASSOID, p->source);
	SqlAddTextArray(&q, p->parent_key);
	SqlDo(&q, AsCatalog());
	PipelineStoreOptions(p, OptionsOverColumns());
}

static bool
IsNames(Jsonb *columns)
{
	JsonbIterator *it = JsonbIteratorInit(&columns->root);
	JsonbValue	value;
	JsonbIteratorToken token;

	if (!JB_ROOT_IS_OBJECT(columns))
		return false;
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
		if (token == WJB_VALUE && value.type != jbvString)
			return false;
	return true;
}

static bool
HasColumn(Oid relation, const char *column)
{
	return get_attnum(relation, column) > 0;
}

/* Of the source as it was when it was read last; staging says, where it is not renamed in place. */
static bool
KnowsColumn(const Pipeline *p, const char *column)
{
	Oid			staging = StagingRelation(p);

	return !OidIsValid(staging) || HasColumn(staging, column) || HasColumn(p->target, column);
}

static void
CheckNamesExist(const Pipeline *p, Jsonb *columns)
{
	JsonbIterator *it = JsonbIteratorInit(&columns->root);
	JsonbValue	value;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		bool		is_key = token == WJB_KEY;
		char	   *name;

		if (!is_key && token != WJB_VALUE)
			continue;
		name = pnstrdup(value.val.string.val, value.val.string.len);
		if (is_key ? KnowsColumn(p, name) : HasColumn(p->source, name))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 is_key ? errmsg("pipeline \"%s\" does not use a column \"%s\"", p->name, name)
				 : errmsg("column \"%s\" does not exist in source \"%s\"", name,
						  get_rel_name(p->source)),
				 errhint("In renamed_columns, map former column names to the names in the new "
						 "source.")));
	}
}

static void
CheckNames(const Pipeline *p, Jsonb *columns)
{
	if (!IsNames(columns))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("renamed_columns must be a JSON object that maps former names to new names"),
				 errhint("Specify it as in renamed_columns => '{\"id\": \"item_id\"}'.")));
	PipelineCheckSource(p);
	CheckNamesExist(p, columns);
}

SourceDefinition *
HandOverSource(Pipeline *p, Oid source, Jsonb *columns)
{
	SourceDefinition *definition;

	PipelineCheckMayActAsOwner(p, "set the source of");
	SourceViewDrop(p);
	p->source = source;
	if (columns != NULL)
	{
		CheckNames(p, columns);
		RenameColumns(p, columns);
	}
	StorePolicyColumn(p);
	definition = DefineCheckSource(p);
	(void) MergeShapeOf(p, definition);
	ChecksVerify(p);
	StagedForget(p);
	StoreSource(p);
	StagingEnsure(p);
	SourceViewEnsure(p);
	return definition;
}
