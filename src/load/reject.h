/*
 * reject.h
 *	  Rows that are rejected while they are loaded.
 */
#ifndef ELT_LOAD_REJECT_H
#define ELT_LOAD_REJECT_H

#include "postgres.h"
#include "access/attnum.h"
#include "catalog/pipeline.h"
#include "catalog/slice.h"
#include "decode/row_batch.h"

/* Add a row to its batch's rejects, because its time in attnum is rejected for reason. */
extern void RejectRow(RowBatch *batch, int row, AttrNumber attnum, const char *reason);

/* The form that has this name in the catalog. */
extern RejectForm RejectFormOf(const char *name);

/*
 * Write rejects (RowReject *) with the staged batch; returns how many. parent_base is the number
 * of the last record of the parent before their page.
 */
extern int64 StageRejects(const Pipeline *p, const Slice *slice, List *rejects,
						  int64 parent_base);

#endif
