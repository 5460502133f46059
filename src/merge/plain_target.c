/*
 * plain_target.c
 *	  The target of a strategy that stores rows unchanged, and the column that limits how much of
 *	  it a merge reads.
 */
#include "base/compat.h"
#include "merge/plain_target.h"

#include "base/sql_name.h"
#include "base/type_range.h"
#include "merge/target.h"
#include "partition/parts.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

bool
TargetColumnHasRange(Oid target, const char *column)
{
	return TypeHasRanges(getBaseType(get_atttype(target, get_attnum(target, column))));
}

/*
 * The key column by which a batch tends to be clustered: the target's partition column, so that
 * planning prunes; the first column of its unique index, so that a range of it is read; or any
 * other that has an order, so that the rest of the target is not hashed.
 */
static char *
RangeColumn(const Pipeline *p)
{
	char	   *column = PartitionColumn(p->target);
	ListCell   *lc;

	if (column != NULL && NamesContain(p->key, column) && TargetColumnHasRange(p->target, column))
		return column;
	column = TargetLeadingColumn(p->target, p->key);
	if (column != NULL && TargetColumnHasRange(p->target, column))
		return column;
	foreach(lc, p->key)
		if (TargetColumnHasRange(p->target, lfirst(lc)))
			return lfirst(lc);
	return NULL;
}

static void
ChooseRange(MergeShape *shape)
{
	Oid			target = shape->pipeline->target;
	char	   *column = RangeColumn(shape->pipeline);

	if (column == NULL)
		return;
	shape->range_name = column;
	shape->range_column = pstrdup(quote_identifier(column));
	shape->range_type = format_type_extended(get_atttype(target, get_attnum(target, column)),
											 -1, FORMAT_TYPE_FORCE_QUALIFY);
}

Oid
PlainTargetEnsure(const char *target_name, const Pipeline *p, const SourceDefinition *source)
{
	return TargetEnsure(target_name, p, p->parent_key);
}

void
PlainTargetCheck(MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;

	TargetCheck(p->target, p);
	ChooseRange(shape);
}
