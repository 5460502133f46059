/*
 * stream_hash.h
 *	  A hash of bytes that come piece by piece, however they are cut.
 *
 * It tells whether bytes have changed; it withstands chance, not an attacker.
 */
#ifndef ELT_TRANSPORT_STREAM_HASH_H
#define ELT_TRANSPORT_STREAM_HASH_H

#include "postgres.h"

#define HASH_LANES 4
#define HASH_BLOCK (HASH_LANES * 8)

typedef struct StreamHash
{
	uint64		lanes[HASH_LANES];	/* of the whole blocks so far */
	char		partial[HASH_BLOCK];	/* of the next block */
	int			npartial;
	int64		total;
} StreamHash;

extern void StreamHashBegin(StreamHash *hash);
extern void StreamHashAdd(StreamHash *hash, const char *data, size_t len);
extern uint64 StreamHashEnd(const StreamHash *hash);

#endif
