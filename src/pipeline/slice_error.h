/*
 * slice_error.h
 *	  Errors that concern a single slice, and their messages.
 */
#ifndef ELT_PIPELINE_SLICE_ERROR_H
#define ELT_PIPELINE_SLICE_ERROR_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/slice.h"
#include "load/writer.h"
#include "source/pull.h"

struct Execution;

/*
 * Does this error concern the slice alone, so that the run goes on with the next one? Lack of
 * resources, cancellation and internal errors concern the run.
 */
extern bool IsSliceFault(const ErrorData *error);
/* May another attempt, without anything changed, do better? */
extern bool IsTemporary(const ErrorData *error);

/* Message and detail in one text, for elt.slices. */
extern char *SliceErrorText(const ErrorData *error);

/* The error of a fetch that failed. */
extern ErrorData *PulledError(const PulledSlice *pulled);

/* The same error, told with pipeline, slice and what to look at next; in this context. */
extern ErrorData *SliceFailure(const struct Execution *e, const Slice *slice,
							   const ErrorData *error);

/* Has decoding rejected all of so many records that their format must be another one? */
extern bool RejectedAll(const StageCounts *counts);

/* An error in the rows of a child fails the slice; in this context. */
extern ErrorData *ChildFailure(const Pipeline *child, const ErrorData *error);

/* Decoding has rejected every record; first is the message of the first reject, or NULL. */
extern ErrorData *AllRejected(int64 records, const char *first);

/* An error of all slices of a batch, told with its pipeline; in this context. */
extern ErrorData *BatchFailure(const struct Execution *e, const ErrorData *error);

/* "{"country": "de"}, 2024-01-01 to 2024-01-02" */
extern char *SliceName(const Slice *slice);

extern ErrorData *CopyErrorTo(MemoryContext cxt, const ErrorData *error);

#endif
