/*
 * stream_hash.c
 *	  A hash of bytes that come piece by piece, however they are cut.
 */
#include "base/compat.h"
#include "transport/stream_hash.h"

#define HASH_SEED		UINT64CONST(0x9e3779b97f4a7c15)
#define HASH_FACTOR_A	UINT64CONST(0xd6e8feb86659fd93)
#define HASH_FACTOR_B	UINT64CONST(0xff51afd7ed558ccd)

void
StreamHashBegin(StreamHash *hash)
{
	memset(hash, 0, sizeof(StreamHash));
	hash->hash = HASH_SEED;
}

static inline uint64
HashWord(uint64 hash, const void *bytes)
{
	uint64		word;

	memcpy(&word, bytes, sizeof(word));
	hash = ((hash << 23) | (hash >> 41)) ^ (word * HASH_FACTOR_A);
	return hash * HASH_FACTOR_B;
}

void
StreamHashAdd(StreamHash *hash, const char *data, size_t len)
{
	uint64		value;

	hash->total += len;
	while (len > 0 && hash->npartial > 0)
	{
		hash->partial[hash->npartial++] = *data++;
		len--;
		if (hash->npartial == 8)
		{
			hash->hash = HashWord(hash->hash, hash->partial);
			hash->npartial = 0;
		}
	}
	value = hash->hash;
	for (; len >= 8; data += 8, len -= 8)
		value = HashWord(value, data);
	hash->hash = value;
	if (len > 0)
	{
		memcpy(hash->partial + hash->npartial, data, len);
		hash->npartial += len;
	}
}

uint64
StreamHashEnd(const StreamHash *hash)
{
	unsigned char last[8] = {0};
	uint64		value = hash->hash;

	memcpy(last, hash->partial, hash->npartial);
	value = HashWord(value, last) ^ (uint64) hash->total;
	value = (value ^ (value >> 33)) * HASH_FACTOR_A;
	value = (value ^ (value >> 29)) * HASH_FACTOR_B;
	return value ^ (value >> 32);
}
