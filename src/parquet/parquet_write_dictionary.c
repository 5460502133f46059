/*
 * parquet_write_dictionary.c
 *	  The distinct values of a column, by their numbers.
 */
#include "base/compat.h"
#include "parquet/parquet_write_dictionary.h"

#define FIRST_SLOTS 1024

/* Of each buffer that is kept for the next row group: more than a dictionary of usual size needs. */
#define KEPT_BYTES (4 * 1024 * 1024)

#define HASH_FACTOR UINT64CONST(0x9e3779b97f4a7c15)

static void
SetSlots(Dictionary *dictionary, uint32 nslots)
{
	WriteBufferReset(&dictionary->slots, KEPT_BYTES);
	memset(WriteBufferReserve(&dictionary->slots, nslots * sizeof(uint32)), 0,
		   nslots * sizeof(uint32));
	dictionary->mask = nslots - 1;
}

void
DictionaryInit(Dictionary *dictionary, int width, MemoryContext cxt)
{
	memset(dictionary, 0, sizeof(Dictionary));
	dictionary->width = width;
	WriteBufferInit(&dictionary->plain, cxt);
	WriteBufferInit(&dictionary->ends, cxt);
	WriteBufferInit(&dictionary->hashes, cxt);
	WriteBufferInit(&dictionary->slots, cxt);
	SetSlots(dictionary, FIRST_SLOTS);
}

void
DictionaryReset(Dictionary *dictionary)
{
	dictionary->n = 0;
	dictionary->last = 0;
	WriteBufferReset(&dictionary->plain, KEPT_BYTES);
	WriteBufferReset(&dictionary->ends, KEPT_BYTES);
	WriteBufferReset(&dictionary->hashes, KEPT_BYTES);
	SetSlots(dictionary, FIRST_SLOTS);
}

static inline uint64
Mix(uint64 hash, uint64 word)
{
	hash = (hash ^ word) * HASH_FACTOR;
	return hash ^ (hash >> 29);
}

static inline uint32
HashOf(const char *data, size_t len)
{
	uint64		hash = Mix(len, HASH_FACTOR);
	uint64		word;

	for (; len >= 8; data += 8, len -= 8)
	{
		memcpy(&word, data, 8);
		hash = Mix(hash, word);
	}
	word = 0;
	memcpy(&word, data, len);
	return (uint32) (Mix(hash, word) >> 32);
}

/* Where a value begins, behind its length. */
static inline const char *
ValueOf(const Dictionary *dictionary, uint32 number, size_t *len)
{
	const size_t *ends = (const size_t *) dictionary->ends.data;
	size_t		begin;

	if (dictionary->width > 0)
	{
		*len = dictionary->width;
		return dictionary->plain.data + (size_t) number * dictionary->width;
	}
	begin = (number == 0 ? 0 : ends[number - 1]) + sizeof(uint32);
	*len = ends[number] - begin;
	return dictionary->plain.data + begin;
}

static inline bool
IsValue(const Dictionary *dictionary, uint32 number, const char *data, size_t len)
{
	size_t		known_len;
	const char *known = ValueOf(dictionary, number, &known_len);

	return known_len == len && memcmp(known, data, len) == 0;
}

static void
Enter(Dictionary *dictionary, uint32 hash, uint32 number)
{
	uint32	   *slots = (uint32 *) dictionary->slots.data;
	uint32		at = hash & dictionary->mask;

	while (slots[at] != 0)
		at = (at + 1) & dictionary->mask;
	slots[at] = number + 1;
}

static void
Enlarge(Dictionary *dictionary)
{
	const uint32 *hashes = (const uint32 *) dictionary->hashes.data;

	SetSlots(dictionary, (dictionary->mask + 1) * 2);
	for (uint32 i = 0; i < dictionary->n; i++)
		Enter(dictionary, hashes[i], i);
}

static uint32
Add(Dictionary *dictionary, uint32 hash, const char *data, size_t len)
{
	if (dictionary->width == 0)
		WriteBufferAddInt32(&dictionary->plain, (uint32) len);
	WriteBufferAdd(&dictionary->plain, data, len);
	if (dictionary->width == 0)
		WriteBufferAdd(&dictionary->ends, &dictionary->plain.len, sizeof(size_t));
	WriteBufferAdd(&dictionary->hashes, &hash, sizeof(hash));
	if ((dictionary->n + 1) * 2 > dictionary->mask)
		Enlarge(dictionary);
	Enter(dictionary, hash, dictionary->n);
	return dictionary->n++;
}

uint32
DictionaryNumber(Dictionary *dictionary, const char *data, size_t len)
{
	const uint32 *slots = (const uint32 *) dictionary->slots.data;
	const uint32 *hashes = (const uint32 *) dictionary->hashes.data;
	uint32		hash;

	if (dictionary->n > 0 && IsValue(dictionary, dictionary->last, data, len))
		return dictionary->last;
	hash = HashOf(data, len);
	for (uint32 at = hash & dictionary->mask; slots[at] != 0; at = (at + 1) & dictionary->mask)
	{
		uint32		number = slots[at] - 1;

		if (hashes[number] == hash && IsValue(dictionary, number, data, len))
			return dictionary->last = number;
	}
	return dictionary->last = Add(dictionary, hash, data, len);
}

static void
AddValue(const Dictionary *dictionary, uint32 number, WriteBuffer *to)
{
	size_t		len;
	const char *data = ValueOf(dictionary, number, &len);

	if (dictionary->width == 0)
		WriteBufferAddInt32(to, (uint32) len);
	WriteBufferAdd(to, data, len);
}

uint32
DictionaryGather(const Dictionary *dictionary, const uint32 *numbers, size_t n, bool distinct,
				 WriteBuffer *to)
{
	uint8	   *seen = distinct ? palloc0(dictionary->n / 8 + 1) : NULL;
	uint32		added = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint32		number = numbers[i];

		if (distinct && (seen[number / 8] & (1 << number % 8)))
			continue;
		if (distinct)
			seen[number / 8] |= 1 << number % 8;
		AddValue(dictionary, number, to);
		added++;
	}
	if (distinct)
		pfree(seen);
	return added;
}
