/*
 * long_key.h
 *	  Keys that are too long for an index of the target: their rows are rejected, not their batch.
 */
#ifndef ELT_MERGE_LONG_KEY_H
#define ELT_MERGE_LONG_KEY_H

#include "postgres.h"
#include "check/quarantine.h"
#include "merge/shape.h"

/* A key whose stored values are together no longer than this fits into every index. */
#define SHORT_KEY_BYTES 2000

/* Staged rows whose key is too long; reads keys that are not short and no other. */
extern BadRows *LongKeyRows(const MergeShape *shape);

#endif
