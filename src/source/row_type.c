/*
 * row_type.c
 *	  The row type in which rows of a pipeline are staged.
 *
 * A table or view is staged by INSERT ... SELECT, which casts as any assignment does. Columns that
 * rows are found, ordered or told apart by are not cast: two of their values could become one, and
 * their order another.
 */
#include "base/compat.h"
#include "source/row_type.h"

#include "access/relation.h"
#include "base/sql_name.h"
#include "parser/parse_coerce.h"
#include "source/definition.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static bool
IsNamed(const char *option, const char *column)
{
	return option != NULL && strcmp(option, column) == 0;
}

static bool
MayBeCast(const Pipeline *p, const char *column)
{
	return !NamesContain(p->key, column) && !NamesContain(p->sequence_by, column) &&
		!NamesContain(p->replace_by, column) && !IsNamed(p->cursor_column, column) &&
		!IsNamed(p->window_column, column) && !IsNamed(p->partition_by, column);
}

/* What the target's length or precision does not limit stays as it is. */
static bool
Differs(Form_pg_attribute att, Oid type, int32 typmod)
{
	return att->atttypid != type || (typmod != -1 && att->atttypmod != typmod);
}

static bool
IsAssignable(Oid to, Oid from)
{
	Oid			function;

	return to == from || find_coercion_pathway(to, from, COERCION_ASSIGNMENT,
											   &function) != COERCION_PATH_NONE;
}

static void
CastColumn(TupleDesc desc, int i, const Pipeline *p, Oid target)
{
	Form_pg_attribute att = TupleDescAttr(desc, i);
	char	   *name = pstrdup(NameStr(att->attname));
	AttrNumber	attnum = att->attisdropped ? InvalidAttrNumber : get_attnum(target, name);
	bool		not_null = att->attnotnull;
	Oid			type;
	int32		typmod;
	Oid			collation;

	if (attnum <= 0 || !MayBeCast(p, name))
		return;
	get_atttypetypmodcoll(target, attnum, &type, &typmod, &collation);
	if (!Differs(att, type, typmod) || !IsAssignable(type, att->atttypid))
		return;
	TupleDescInitEntry(desc, i + 1, name, type, typmod, 0);
	TupleDescInitEntryCollation(desc, i + 1, collation);
	TupleDescAttr(desc, i)->attnotnull = not_null;
}

TupleDesc
RowTypeFor(const Pipeline *p, Oid target)
{
	Relation	rel = RelationOpen(p->source, AccessShareLock);
	TupleDesc	desc = CreateTupleDescCopyConstr(RelationGetDescr(rel));

	relation_close(rel, NoLock);
	if (SourceIsOurs(p->source) || strcmp(p->strategy, "scd2") == 0 ||
		!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(target)))
		return desc;
	for (int i = 0; i < desc->natts; i++)
		CastColumn(desc, i, p, target);
	return desc;
}

TupleDesc
RowTypeOf(const Pipeline *p)
{
	return RowTypeFor(p, p->target);
}
