/*
 * fields.h
 *	  Which declared fields the records of a batch have, found out while they are decoded.
 */
#ifndef ELT_PIPELINE_FIELDS_H
#define ELT_PIPELINE_FIELDS_H

#include "postgres.h"
#include "pipeline/execution.h"

extern void FieldsBegin(Execution *e);

/* A page was read to its end. Rows that were not decoded have every column. */
extern void FieldsAddPage(Execution *e);

/* What the pages of a slice had counts when it was staged. */
extern void FieldsEndSlice(Execution *e, bool staged);

/* Into the staged batch. */
extern void FieldsStage(const Execution *e);

#endif
