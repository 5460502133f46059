/*
 * stream_hash.c
 *	  A hash of bytes that come piece by piece, however they are cut.
 */
#include "base/compat.h"
#include "transport/stream_hash.h"

#define HASH_SEED		UINT64CONST(0x9e3779b97f4a7c15)
#define HASH_FACTOR_A	UINT64CONST(0xd6e8feb86659fd93)
#define HASH_FACTOR_B	UINT64CONST(0xff51afd7ed558ccd)

/*
 * Each word waits for the product of the one before it in its lane, so that several lanes take less time
 * than one.
 */
void
StreamHashBegin(StreamHash *hash)
{
	memset(hash, 0, sizeof(StreamHash));
	for (int lane = 0; lane < HASH_LANES; lane++)
		hash->lanes[lane] = HASH_SEED + lane;
}

static inline uint64
HashWord(uint64 hash, uint64 word)
{
	hash = ((hash << 23) | (hash >> 41)) ^ (word * HASH_FACTOR_A);
	return hash * HASH_FACTOR_B;
}

/* Compilers keep variables in registers, but not an array. */
static void
AddBlocks(StreamHash *hash, const char *data, size_t n)
{
	uint64		first = hash->lanes[0];
	uint64		second = hash->lanes[1];
	uint64		third = hash->lanes[2];
	uint64		fourth = hash->lanes[3];
	uint64		words[HASH_LANES];

	for (; n > 0; n--, data += HASH_BLOCK)
	{
		memcpy(words, data, HASH_BLOCK);
		first = HashWord(first, words[0]);
		second = HashWord(second, words[1]);
		third = HashWord(third, words[2]);
		fourth = HashWord(fourth, words[3]);
	}
	hash->lanes[0] = first;
	hash->lanes[1] = second;
	hash->lanes[2] = third;
	hash->lanes[3] = fourth;
}

/* Returns how many bytes the block that was begun has taken. */
static size_t
FillPartial(StreamHash *hash, const char *data, size_t len)
{
	size_t		taken = Min(len, (size_t) (HASH_BLOCK - hash->npartial));

	memcpy(hash->partial + hash->npartial, data, taken);
	hash->npartial += taken;
	if (hash->npartial == HASH_BLOCK)
	{
		AddBlocks(hash, hash->partial, 1);
		hash->npartial = 0;
	}
	return taken;
}

void
StreamHashAdd(StreamHash *hash, const char *data, size_t len)
{
	size_t		taken = 0;

	hash->total += len;
	if (hash->npartial > 0)
		taken = FillPartial(hash, data, len);
	AddBlocks(hash, data + taken, (len - taken) / HASH_BLOCK);
	taken += (len - taken) / HASH_BLOCK * HASH_BLOCK;
	if (taken < len)
		(void) FillPartial(hash, data + taken, len - taken);
}

uint64
StreamHashEnd(const StreamHash *hash)
{
	StreamHash	last = *hash;
	uint64		value = (uint64) hash->total;

	memset(last.partial + last.npartial, 0, HASH_BLOCK - last.npartial);
	AddBlocks(&last, last.partial, 1);
	for (int lane = 0; lane < HASH_LANES; lane++)
		value = HashWord(value, last.lanes[lane]);
	value = (value ^ (value >> 33)) * HASH_FACTOR_A;
	value = (value ^ (value >> 29)) * HASH_FACTOR_B;
	return value ^ (value >> 32);
}
