/*
 * hash_log.h
 *	  Find the hashes that occur more than once.
 *
 * A hash takes eight bytes. Those that do not fit into memory go to a temporary file.
 */
#ifndef ELT_PREDICATE_HASH_LOG_H
#define ELT_PREDICATE_HASH_LOG_H

#include "postgres.h"

typedef struct HashLog HashLog;

/* It lives in the current memory context, over transactions. */
extern HashLog *HashLogCreate(Size memory);

/* hash is not 0. */
extern void HashLogAdd(HashLog *log, uint64 hash);

/*
 * The hashes that were added more than once, as an array of count; one may be in it twice. The
 * log is of no use afterwards. False when they would take too much of its memory, or the hashes
 * more temporary files than are allowed.
 */
extern bool HashLogRepeated(HashLog *log, uint64 **repeated, int64 *count);

#endif
