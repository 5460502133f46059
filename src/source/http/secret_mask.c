/*
 * secret_mask.c
 *	  Mask secrets in text with ***.
 *
 * An excerpt may cut a secret anywhere, so each part of PART_LENGTH bytes is masked too. All
 * parts of all secrets are in one hash table, so that a text is read once. A shorter secret is
 * masked only where it is a whole value: as "2" or as a=2, not within 2024.
 */
#include "base/compat.h"
#include "source/http/secret_mask.h"

#include "lib/stringinfo.h"
#include "utils/hsearch.h"

#define PART_LENGTH 8
#define FILTER_SIZE 14			/* a power of two */
#define FILTER_BITS (1 << FILTER_SIZE)

struct SecretParts
{
	HTAB	   *table;			/* of uint64, the bytes of a part */
	uint8		filter[FILTER_BITS / 8];	/* which parts may be there */
};

static uint64
PartAt(const char *text)
{
	uint64		part;

	memcpy(&part, text, PART_LENGTH);
	return part;
}

static uint32
FilterBit(uint64 part)
{
	return (uint32) ((part * UINT64CONST(0x9E3779B97F4A7C15)) >> (64 - FILTER_SIZE));
}

static SecretParts *
NewParts(void)
{
	SecretParts *parts = palloc0(sizeof(SecretParts));
	HASHCTL		control = {
		.keysize = sizeof(uint64),
		.entrysize = sizeof(uint64),
		.hcxt = CurrentMemoryContext
	};

	parts->table = hash_create("elt parts of secrets", 64, &control,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return parts;
}

SecretParts *
SecretPartsAdd(SecretParts *parts, const char *secret)
{
	size_t		length = strlen(secret);

	if (length < PART_LENGTH)
		return parts;
	if (parts == NULL)
		parts = NewParts();
	for (size_t i = 0; i + PART_LENGTH <= length; i++)
	{
		uint64		part = PartAt(secret + i);
		uint32		bit = FilterBit(part);

		(void) hash_search(parts->table, &part, HASH_ENTER, NULL);
		parts->filter[bit / 8] |= 1 << (bit % 8);
	}
	return parts;
}

static bool
IsPart(const SecretParts *parts, uint64 part)
{
	uint32		bit = FilterBit(part);

	return (parts->filter[bit / 8] & (1 << (bit % 8))) != 0 &&
		hash_search(parts->table, &part, HASH_FIND, NULL) != NULL;
}

static bool
MarkParts(const SecretParts *parts, const char *text, size_t length, bool *marks)
{
	bool		any = false;

	for (size_t i = 0; i + PART_LENGTH <= length; i++)
	{
		if (!IsPart(parts, PartAt(text + i)))
			continue;
		memset(marks + i, true, PART_LENGTH);
		any = true;
	}
	return any;
}

/* Are these characters, \0 at an end of the text, what stands around a value? */
static bool
IsWhole(char before, char behind)
{
	return strchr("\"'=", before) != NULL && strchr("\"'&", behind) != NULL;
}

static bool
MarkWhole(const char *secret, const char *text, bool *marks)
{
	size_t		length = strlen(secret);
	bool		any = false;

	for (const char *at = strstr(text, secret); at != NULL; at = strstr(at + 1, secret))
	{
		if (!IsWhole(at == text ? '\0' : at[-1], at[length]))
			continue;
		memset(marks + (at - text), true, length);
		any = true;
	}
	return any;
}

static char *
Masked(const char *text, const bool *marks)
{
	StringInfoData out;

	initStringInfo(&out);
	for (size_t i = 0; text[i] != '\0'; i++)
		if (!marks[i])
			appendStringInfoChar(&out, text[i]);
		else if (i == 0 || !marks[i - 1])
			appendStringInfoString(&out, "***");
	return out.data;
}

char *
SecretMask(List *secrets, const SecretParts *parts, const char *text)
{
	size_t		length = strlen(text);
	bool	   *marks = palloc0(length + 1);
	bool		any = parts != NULL && MarkParts(parts, text, length, marks);
	ListCell   *lc;

	foreach(lc, secrets)
		if (strlen(lfirst(lc)) < PART_LENGTH)
			any |= MarkWhole(lfirst(lc), text, marks);
	return any ? Masked(text, marks) : pstrdup(text);
}
