/*
 * row_type.h
 *	  The row type in which rows of a pipeline are staged.
 */
#ifndef ELT_SOURCE_ROW_TYPE_H
#define ELT_SOURCE_ROW_TYPE_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "catalog/pipeline.h"

/*
 * A copy of the row type of the source. Columns of a table or view whose types the target has
 * otherwise have those of the target where an assignment casts them. The source stays locked.
 */
extern TupleDesc RowTypeOf(const Pipeline *p);
/* The same with another target than that of the pipeline. */
extern TupleDesc RowTypeFor(const Pipeline *p, Oid target);

#endif
