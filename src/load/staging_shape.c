/*
 * staging_shape.c
 *	  Compare a source with its earlier columns, and a staging table with its source.
 */
#include "base/compat.h"
#include "load/staging_shape.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"

/* The columns that are not the source's, in order, after the source's. */
static const struct
{
	const char *name;
	Oid			type;
	bool		not_null;
}			system_columns[] = {
	{STAGING_RUN_COLUMN, INT8OID, true},
	{STAGING_TIME_COLUMN, TIMESTAMPTZOID, true},
	{STAGING_FAILED_COLUMN, INT8OID, false},
	{STAGING_RECORD_COLUMN, INT8OID, false},
	{STAGING_PARENT_COLUMN, INT8OID, false},
};

#define NUMBER_COLUMNS 2

static bool
SameName(Form_pg_attribute a, Form_pg_attribute b)
{
	return namestrcmp(&a->attname, NameStr(b->attname)) == 0;
}

static bool
SameType(Form_pg_attribute a, Form_pg_attribute b)
{
	return a->atttypid == b->atttypid && a->atttypmod == b->atttypmod &&
		a->attcollation == b->attcollation;
}

static char *
TypeText(Form_pg_attribute att)
{
	return format_type_with_typemod(att->atttypid, att->atttypmod);
}

static char *
ColumnDiffers(Form_pg_attribute before, Form_pg_attribute now)
{
	if (before->attisdropped && now->attisdropped)
		return NULL;
	if (now->attisdropped)
		return psprintf("Column \"%s\" was dropped.", NameStr(before->attname));
	if (!SameName(before, now))
		return psprintf("Column \"%s\" was renamed to \"%s\".", NameStr(before->attname),
						NameStr(now->attname));
	if (before->atttypid == now->atttypid && before->atttypmod == now->atttypmod &&
		before->attcollation != now->attcollation)
		return psprintf("The collation of column \"%s\" was changed.", NameStr(before->attname));
	if (!SameType(before, now))
		return psprintf("The type of column \"%s\" was changed from %s to %s.",
						NameStr(before->attname), TypeText(before), TypeText(now));
	return NULL;
}

char *
ColumnsDiffer(TupleDesc before, TupleDesc now)
{
	for (int i = 0; i < before->natts && i < now->natts; i++)
	{
		char	   *difference = ColumnDiffers(TupleDescAttr(before, i), TupleDescAttr(now, i));

		if (difference != NULL)
			return difference;
	}
	for (int i = before->natts; i < now->natts; i++)
		if (!TupleDescAttr(now, i)->attisdropped)
			return psprintf("Column \"%s\" was added.", NameStr(TupleDescAttr(now, i)->attname));
	return now->natts == before->natts ? NULL : pstrdup("The number of columns was changed.");
}

/* Rows are put there below SQL, which heeds nothing of this. */
static char *
KindDiffers(Relation staging)
{
	Form_pg_class rel = staging->rd_rel;

	if (rel->relkind != RELKIND_RELATION)
		return pstrdup("The staging relation is not a table.");
	if (rel->relhasrules || rel->relhastriggers || rel->relrowsecurity || rel->relhasindex ||
		rel->relhassubclass || rel->relispartition || rel->relchecks > 0)
		return pstrdup("The staging table has rules, triggers, policies, indexes, constraints or "
					   "children.");
	return NULL;
}

static bool
IsPlain(Form_pg_attribute att, bool not_null)
{
	return !att->attisdropped && att->attnotnull == not_null && !att->atthasdef &&
		att->attgenerated == '\0' && att->attidentity == '\0' && att->attinhcount == 0;
}

static char *
SystemColumnsDiffer(TupleDesc staging, int at, bool numbered)
{
	int			all = lengthof(system_columns);
	int			count = numbered || staging->natts == at + all ? all : all - NUMBER_COLUMNS;

	for (int i = 0; i < count; i++)
	{
		Form_pg_attribute att;

		if (at + i >= staging->natts)
			return psprintf("Column \"%s\" was dropped.", system_columns[i].name);
		att = TupleDescAttr(staging, at + i);
		if (namestrcmp(&att->attname, system_columns[i].name) != 0 ||
			att->atttypid != system_columns[i].type || !IsPlain(att, system_columns[i].not_null))
			return psprintf("The definition of column \"%s\" was changed.",
							system_columns[i].name);
	}
	return at + count == staging->natts ? NULL :
		psprintf("Column \"%s\" was added.",
				 NameStr(TupleDescAttr(staging, at + count)->attname));
}

/* Of the source's column and the one that stands for it, or NULL when there is none. */
static char *
CopyDiffers(Form_pg_attribute staged, Form_pg_attribute source)
{
	if (staged == NULL || staged->attisdropped || !SameName(staged, source))
		return psprintf("Column \"%s\" is not staged.", NameStr(source->attname));
	if (staged->atttypid != source->atttypid || staged->atttypmod != source->atttypmod)
		return psprintf("Column \"%s\" is %s in the source and %s in the staging table.",
						NameStr(source->attname), TypeText(source), TypeText(staged));
	if (!SameType(staged, source) || !IsPlain(staged, false))
		return psprintf("The definition of column \"%s\" was changed.", NameStr(source->attname));
	return NULL;
}

char *
StagingDiffers(Relation staging, TupleDesc source, bool numbered)
{
	TupleDesc	desc = RelationGetDescr(staging);
	char	   *difference = KindDiffers(staging);
	int			at = 0;

	for (int i = 0; difference == NULL && i < source->natts; i++)
	{
		Form_pg_attribute staged = at < desc->natts ? TupleDescAttr(desc, at) : NULL;

		if (TupleDescAttr(source, i)->attisdropped)
			continue;
		difference = CopyDiffers(staged, TupleDescAttr(source, i));
		at++;
	}
	return difference != NULL ? difference : SystemColumnsDiffer(desc, at, numbered);
}
