/*
 * stream_hash.h
 *	  A hash of bytes that come piece by piece, however they are cut.
 *
 * It tells whether bytes have changed; it withstands chance, not an attacker.
 */
#ifndef ELT_TRANSPORT_STREAM_HASH_H
#define ELT_TRANSPORT_STREAM_HASH_H

#include "postgres.h"

typedef struct StreamHash
{
	uint64		hash;			/* of the whole words so far */
	unsigned char partial[8];	/* of the next word */
	int			npartial;
	int64		total;
} StreamHash;

extern void StreamHashBegin(StreamHash *hash);
extern void StreamHashAdd(StreamHash *hash, const char *data, size_t len);
extern uint64 StreamHashEnd(const StreamHash *hash);

#endif
