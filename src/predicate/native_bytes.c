/*
 * native_bytes.c
 *	  Functions of texts, compiled.
 *
 * Each keeps its result in a buffer of its own.
 */
#include "base/compat.h"

#include "mb/pg_wchar.h"
#include "predicate/native_bytes.h"
#include "utils/memutils.h"

Bytes
BytesOf(Datum value)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

	return (Bytes) {VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)};
}

static char *
Room(TextNode *node, size_t size)
{
	if (size > node->size)
	{
		if (node->buf)
			pfree(node->buf);
		node->buf = NULL;
		node->size = 0;
		node->buf = MemoryContextAllocHuge(node->cxt, Max(2 * size, 64));
		node->size = Max(2 * size, 64);
	}
	return node->buf;
}

NativeOutcome
TextParam(TextNode *node, const NativeRow *row, Bytes *result)
{
	if (row->param_isnull)
		return NATIVE_NO_VALUE;
	*result = BytesOf(row->param);
	return NATIVE_VALUE;
}

NativeOutcome
TextColumn(TextNode *node, const NativeRow *row, Bytes *result)
{
	if (row->isnull[node->column])
		return NATIVE_NO_VALUE;
	*result = BytesOf(row->values[node->column]);
	return NATIVE_VALUE;
}

NativeOutcome
TextConstant(TextNode *node, const NativeRow *row, Bytes *result)
{
	*result = node->given;
	return NATIVE_VALUE;
}

static const char *
Find(Bytes in, size_t from, Bytes what)
{
	return memmem(in.text + from, in.len - from, what.text, what.len);
}

NativeOutcome
TextReplace(TextNode *node, const NativeRow *row, Bytes *result)
{
	Bytes		in;
	NativeOutcome outcome = node->arg->run(node->arg, row, &in);
	const char *found;
	char	   *to;
	size_t		from = 0;
	size_t		n = 0;

	*result = in;
	if (outcome != NATIVE_VALUE || node->given.len == 0 || in.len < node->given.len ||
		(found = Find(in, 0, node->given)) == NULL)
		return outcome;
	/* the longest result: every byte begins another one */
	if (in.len > MaxAllocSize / (node->by.len + 1))
		return NATIVE_UNDECIDED;
	to = Room(node, (in.len / node->given.len) * node->by.len + in.len);
	for (; found != NULL; found = from < in.len ? Find(in, from, node->given) : NULL)
	{
		size_t		kept = found - in.text - from;

		memcpy(to + n, in.text + from, kept);
		memcpy(to + n + kept, node->by.text, node->by.len);
		n += kept + node->by.len;
		from += kept + node->given.len;
	}
	memcpy(to + n, in.text + from, in.len - from);
	*result = (Bytes) {to, n + in.len - from};
	return NATIVE_VALUE;
}

NativeOutcome
TextTrim(TextNode *node, const NativeRow *row, Bytes *result)
{
	NativeOutcome outcome = node->arg->run(node->arg, row, result);

	if (outcome != NATIVE_VALUE)
		return outcome;
	while (node->left && result->len > 0 && memchr(node->given.text, *result->text, node->given.len))
	{
		result->text++;
		result->len--;
	}
	while (node->right && result->len > 0 &&
		   memchr(node->given.text, result->text[result->len - 1], node->given.len))
		result->len--;
	return NATIVE_VALUE;
}

NativeOutcome
TextCase(TextNode *node, const NativeRow *row, Bytes *result)
{
	Bytes		in;
	NativeOutcome outcome = node->arg->run(node->arg, row, &in);
	char		first = node->upper ? 'a' : 'A';
	char	   *to;

	if (outcome != NATIVE_VALUE)
		return outcome;
	to = Room(node, in.len);
	for (size_t i = 0; i < in.len; i++)
	{
		if (IS_HIGHBIT_SET(in.text[i]))
			return NATIVE_UNDECIDED;
		to[i] = in.text[i] >= first && in.text[i] <= first + 25 ? in.text[i] ^ 0x20 : in.text[i];
	}
	*result = (Bytes) {to, in.len};
	return NATIVE_VALUE;
}

NativeOutcome
TextSplit(TextNode *node, const NativeRow *row, Bytes *result)
{
	Bytes		in;
	NativeOutcome outcome = node->arg->run(node->arg, row, &in);
	size_t		from = 0;

	if (outcome != NATIVE_VALUE)
		return outcome;
	for (int field = 1;; field++)
	{
		const char *found = Find(in, from, node->given);
		size_t		end = found ? found - in.text : in.len;

		if (field == node->from)
			*result = (Bytes) {in.text + from, end - from};
		else if (found == NULL)
			*result = (Bytes) {"", 0};
		else
		{
			from = end + node->given.len;
			continue;
		}
		return NATIVE_VALUE;
	}
}

/* How many bytes the first n characters have. */
static size_t
BytesOfCharacters(Bytes in, int n)
{
	size_t		at = 0;

	for (; n > 0 && at < in.len; n--)
		at += pg_mblen(in.text + at);
	return Min(at, in.len);
}

NativeOutcome
TextSubstring(TextNode *node, const NativeRow *row, Bytes *result)
{
	Bytes		in;
	NativeOutcome outcome = node->arg->run(node->arg, row, &in);
	size_t		skipped;

	if (outcome != NATIVE_VALUE)
		return outcome;
	skipped = BytesOfCharacters(in, node->from - 1);
	*result = (Bytes) {in.text + skipped, in.len - skipped};
	if (node->count >= 0)
		result->len = BytesOfCharacters(*result, node->count);
	return NATIVE_VALUE;
}

NativeOutcome
TextJoin(TextNode *node, const NativeRow *row, Bytes *result)
{
	Bytes		left;
	Bytes		right;
	NativeOutcome first = node->arg->run(node->arg, row, &left);
	NativeOutcome second = node->other->run(node->other, row, &right);
	char	   *to;

	if (first == NATIVE_UNDECIDED || second == NATIVE_UNDECIDED)
		return NATIVE_UNDECIDED;
	if (first == NATIVE_NO_VALUE || second == NATIVE_NO_VALUE)
		return NATIVE_NO_VALUE;
	to = Room(node, left.len + right.len);
	memcpy(to, left.text, left.len);
	memcpy(to + left.len, right.text, right.len);
	*result = (Bytes) {to, left.len + right.len};
	return NATIVE_VALUE;
}

NativeOutcome
TextNullIf(TextNode *node, const NativeRow *row, Bytes *result)
{
	NativeOutcome outcome = node->arg->run(node->arg, row, result);

	if (outcome == NATIVE_VALUE && result->len == node->given.len &&
		memcmp(result->text, node->given.text, result->len) == 0)
		return NATIVE_NO_VALUE;
	return outcome;
}

NativeOutcome
TextCoalesce(TextNode *node, const NativeRow *row, Bytes *result)
{
	NativeOutcome outcome = node->arg->run(node->arg, row, result);

	return outcome == NATIVE_NO_VALUE ? node->other->run(node->other, row, result) : outcome;
}
