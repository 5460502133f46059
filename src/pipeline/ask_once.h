/*
 * ask_once.h
 *	  Windows that must not be requested twice: without a key, repeated rows would be stored
 *	  twice.
 */
#ifndef ELT_PIPELINE_ASK_ONCE_H
#define ELT_PIPELINE_ASK_ONCE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "nodes/pg_list.h"
#include "source/definition.h"

/*
 * Of slices (Slice *) those whose window is over by the horizon and has not landed yet. Error
 * when a part of one has landed.
 */
extern List *SlicesToAskOnce(const Pipeline *p, List *slices, TimestampTz horizon);

/*
 * Error when the target has rows from a time on, which would be stored twice after a reset. From
 * -infinity on needs no source.
 */
extern void AskOnceCheckReset(const Pipeline *p, const SourceDefinition *source, TimestampTz to);

/* The same when a file of it is to be loaded again. */
extern void AskOnceCheckFile(const Pipeline *p, const SourceDefinition *source, const char *name);

#endif
