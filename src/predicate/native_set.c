/*
 * native_set.c
 *	  Native IN lists, over sorted keys or hashed texts.
 */
#include "base/compat.h"
#include "predicate/native_node.h"

#include "common/hashfn.h"
#include "port/pg_bitutils.h"

typedef struct KeySetNode
{
	NativeNode	node;
	Scalar		scalar;
	int64	   *members;		/* ascending */
	int			nmembers;
	int64		keys[NATIVE_ROWS];
} KeySetNode;

typedef struct TextMember
{
	uint32		hash;
	int			len;			/* -1: the place is free */
	const char *text;
} TextMember;

typedef struct TextSetNode
{
	NativeNode	node;
	Scalar		scalar;
	TextMember *members;		/* open addressing, at most half full */
	uint32		mask;
} TextSetNode;

static int
CompareKeys(const void *a, const void *b)
{
	int64		ka = *(const int64 *) a;
	int64		kb = *(const int64 *) b;

	return (ka > kb) - (ka < kb);
}

/* Halving without a branch that depends on the key. */
static bool
KeySetHas(const KeySetNode *set, int64 key)
{
	const int64 *base = set->members;
	int			n = set->nmembers;

	while (n > 1)
	{
		int			half = n / 2;

		base += base[half] <= key ? half : 0;
		n -= half;
	}
	return n == 1 && *base == key;
}

static void
RunKeySet(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	KeySetNode *set = (KeySetNode *) node;

	NativeKeys(&set->scalar, rows, set->keys);
	for (int i = 0; i < rows->nrows; i++)
	{
		if (rows->isnull[i * rows->natts + set->scalar.column])
			verdicts[i] = NATIVE_NULL;
		else
			verdicts[i] = KeySetHas(set, set->keys[i]) ? NATIVE_TRUE : NATIVE_FALSE;
	}
}

NativeNode *
NativeKeyIn(const Scalar *scalar, int64 *keys, int nkeys)
{
	KeySetNode *set = palloc0(sizeof(KeySetNode));

	qsort(keys, nkeys, sizeof(int64), CompareKeys);
	set->node.run = RunKeySet;
	set->scalar = *scalar;
	set->members = keys;
	set->nmembers = nkeys;
	return &set->node;
}

static uint32
HashText(const char *text, int len)
{
	return hash_bytes((const unsigned char *) text, len);
}

/* The place of a text, or the free one where it would be. */
static TextMember *
FindText(const TextSetNode *set, uint32 hash, const char *text, int len)
{
	uint32		at = hash & set->mask;

	for (;; at = (at + 1) & set->mask)
	{
		TextMember *member = &set->members[at];

		if (member->len < 0 || (member->hash == hash && member->len == len &&
								memcmp(member->text, text, len) == 0))
			return member;
	}
}

static void
RunTextSet(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	TextSetNode *set = (TextSetNode *) node;

	for (int i = 0; i < rows->nrows; i++)
	{
		int			at = i * rows->natts + set->scalar.column;
		const char *text;
		int			len;

		verdicts[i] = NATIVE_NULL;
		if (rows->isnull[at])
			continue;
		text = NativeText(rows->values[at], set->scalar.trimmed, &len);
		verdicts[i] = FindText(set, HashText(text, len), text, len)->len >= 0
			? NATIVE_TRUE : NATIVE_FALSE;
	}
}

NativeNode *
NativeTextIn(const Scalar *scalar, const Datum *values, int nvalues)
{
	TextSetNode *set = palloc0(sizeof(TextSetNode));
	uint32		places = pg_nextpower2_32(Max(nvalues, 2) * 2);

	set->node.run = RunTextSet;
	set->scalar = *scalar;
	set->mask = places - 1;
	set->members = palloc(sizeof(TextMember) * places);
	for (uint32 i = 0; i < places; i++)
		set->members[i].len = -1;
	for (int i = 0; i < nvalues; i++)
	{
		TextMember	member;

		member.text = NativeText(values[i], scalar->trimmed, &member.len);
		member.hash = HashText(member.text, member.len);
		*FindText(set, member.hash, member.text, member.len) = member;
	}
	return &set->node;
}
