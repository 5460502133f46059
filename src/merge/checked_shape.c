/*
 * checked_shape.c
 *	  The shape of a merge whose pipeline, source and target fit each other.
 *
 * Source and target may have been altered since the pipeline was declared.
 */
#include "base/compat.h"
#include "merge/checked_shape.h"

#include "base/sql_name.h"
#include "merge/fate.h"
#include "merge/row_security.h"
#include "merge/strategy.h"
#include "merge/strategy_check.h"

MergeShape *
MergeShapeOf(const Pipeline *p, const SourceDefinition *source)
{
	MergeShape *shape = SourceShape(p);

	StrategyCheck(p, source);
	shape->source = source;
	if (p->parent_id != 0)
		shape->scopes = FatesScopes(shape);
	shape->target = QuotedRelation(p->target);
	MergeStrategyOf(p)->check_target(shape);
	TargetCheckVisible(p);
	return shape;
}
