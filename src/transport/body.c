/*
 * body.c
 *	  Buffer the body of a response in memory, then in a temporary file.
 */
#include "base/compat.h"
#include "transport/body.h"

#include "base/spill_file.h"

#define FIRST_CAPACITY	16384
/* Memory that is kept for what comes after a spill. */
#define KEPT_CAPACITY	(1024 * 1024)

#define HASH_SEED		UINT64CONST(0x9e3779b97f4a7c15)
#define HASH_FACTOR_A	UINT64CONST(0xd6e8feb86659fd93)
#define HASH_FACTOR_B	UINT64CONST(0xff51afd7ed558ccd)

void
BodyInit(PageBody *body, size_t *held)
{
	memset(body, 0, sizeof(PageBody));
	body->file = -1;
	body->hash = HASH_SEED;
	body->held = held;
}

static inline uint64
HashWord(uint64 hash, const void *bytes)
{
	uint64		word;

	memcpy(&word, bytes, sizeof(word));
	hash = ((hash << 23) | (hash >> 41)) ^ (word * HASH_FACTOR_A);
	return hash * HASH_FACTOR_B;
}

/* The result does not depend on how the body was cut into chunks. */
static void
HashBytes(PageBody *body, const char *data, size_t len)
{
	while (len > 0 && body->npartial > 0)
	{
		body->partial[body->npartial++] = *data++;
		len--;
		if (body->npartial == 8)
		{
			body->hash = HashWord(body->hash, body->partial);
			body->npartial = 0;
		}
	}
	for (; len >= 8; data += 8, len -= 8)
		body->hash = HashWord(body->hash, data);
	if (len > 0)
	{
		memcpy(body->partial + body->npartial, data, len);
		body->npartial += len;
	}
}

uint64
BodyHash(const PageBody *body)
{
	unsigned char last[8] = {0};
	uint64		hash = body->hash;

	memcpy(last, body->partial, body->npartial);
	hash = HashWord(hash, last) ^ (uint64) body->total;
	hash = (hash ^ (hash >> 33)) * HASH_FACTOR_A;
	hash = (hash ^ (hash >> 29)) * HASH_FACTOR_B;
	return hash ^ (hash >> 32);
}

static bool
Grow(PageBody *body, size_t needed)
{
	size_t		capacity = Max(body->capacity, FIRST_CAPACITY);
	char	   *data;

	while (capacity < needed)
		capacity *= 2;
	if (capacity == body->capacity)
		return true;
	data = realloc(body->data, capacity);
	if (data == NULL)
		return false;
	body->data = data;
	body->capacity = capacity;
	return true;
}

bool
BodyAppend(PageBody *body, const char *data, size_t len)
{
	if (!Grow(body, body->len + len))
		return false;
	memcpy(body->data + body->len, data, len);
	body->len += len;
	body->total += len;
	*body->held += len;
	HashBytes(body, data, len);
	return true;
}

/* How much memory the body holds is what it has copied, whatever it has allocated. */
static void
ForgetMemory(PageBody *body)
{
	*body->held -= body->len;
	body->len = 0;
}

static void
FreeMemory(PageBody *body)
{
	ForgetMemory(body);
	free(body->data);
	body->data = NULL;
	body->capacity = 0;
}

bool
BodySpill(PageBody *body)
{
	if (body->file < 0)
		body->file = SpillFileOpen();
	if (!SpillFileWrite(body->file, body->data, body->len, body->file_len))
		return false;
	body->file_len += body->len;
	ForgetMemory(body);
	if (body->capacity > KEPT_CAPACITY)
		FreeMemory(body);
	return true;
}

bool
BodyFinish(PageBody *body)
{
	char	   *data;

	if (body->file >= 0)
	{
		if (!BodySpill(body))
			return false;
		FreeMemory(body);
		return true;
	}
	if (body->len == 0 || body->capacity < 2 * body->len)
		return true;
	data = realloc(body->data, body->len);
	if (data != NULL)
	{
		body->data = data;
		body->capacity = body->len;
	}
	return true;
}

void
BodyRelease(PageBody *body)
{
	FreeMemory(body);
	if (body->file >= 0)
		FileClose(body->file);
	body->file = -1;
}

void
BodyEmpty(PageBody *body)
{
	size_t	   *held = body->held;

	BodyRelease(body);
	BodyInit(body, held);
}
