/*
 * stable_hash.h
 *	  64 bits of a value that are the same on every machine and in every version of PostgreSQL.
 *
 * Sketches are stored, dumped and merged with those of other servers, so their hashes may depend on
 * nothing but the value. The hash functions of PostgreSQL's types promise that only within one server:
 * they depend on byte order, on OIDs of enum labels and on the version of a collation's library.
 */
#ifndef ELT_SKETCH_STABLE_HASH_H
#define ELT_SKETCH_STABLE_HASH_H

#include "postgres.h"
#include "fmgr.h"

typedef struct StableHasher StableHasher;

/*
 * What hashes the values of a type under a collation. A type that is not known to have one form for
 * equal values, and a collation that calls different bytes equal, are errors.
 */
extern StableHasher *StableHasherOf(Oid type, Oid collation, MemoryContext context);
/* That of an argument of an SQL function, which is kept for its next calls. */
extern const StableHasher *StableHasherOfArgument(FunctionCallInfo fcinfo, int n);

/* Equal values of one type have equal hashes; so have equal numbers of int2, int4 and int8. */
extern uint64 StableHash(const StableHasher *hasher, Datum value);

#endif
