/*
 * fields.h
 *	  Track which declared fields the records of a batch contain, while they are decoded.
 */
#ifndef ELT_PIPELINE_FIELDS_H
#define ELT_PIPELINE_FIELDS_H

#include "postgres.h"
#include "pipeline/execution.h"

extern void FieldsBegin(Execution *e);

/* A page was read to its end. Rows that were not decoded have every column. */
extern void FieldsAddPage(Execution *e);

/* The fields of a slice's pages count when the slice was staged. */
extern void FieldsEndSlice(Execution *e, bool staged);

/* Store them with the staged batch. */
extern void FieldsStage(const Execution *e);

#endif
