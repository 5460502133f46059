#include "base/compat.h"
#include "transport/stream_hash.h"

#include <stdio.h>

#undef printf

#define LENGTH 300

static int	number = 0;
static int	failed = 0;

static void
Check(bool truth, const char *what)
{
	if (!truth)
		failed++;
	printf("%s %d - %s\n", truth ? "ok" : "not ok", ++number, what);
}

/* Of bytes that come in pieces of at most so many. */
static uint64
HashOf(const char *data, size_t len, size_t most)
{
	StreamHash	hash;

	StreamHashBegin(&hash);
	while (len > 0)
	{
		size_t		piece = 1 + (size_t) rand() % most;
		size_t		n = Min(len, piece);

		StreamHashAdd(&hash, data, n);
		data += n;
		len -= n;
	}
	return StreamHashEnd(&hash);
}

static bool
IsTheSameInPieces(const char *data)
{
	for (size_t len = 0; len <= LENGTH; len++)
		for (size_t most = 1; most <= 100; most += 11)
			if (HashOf(data, len, most) != HashOf(data, len, LENGTH * 1000))
				return false;
	return true;
}

static bool
TellsBits(char *data)
{
	uint64		hash = HashOf(data, LENGTH, LENGTH);

	for (int bit = 0; bit < LENGTH * 8; bit++)
	{
		bool		differs;

		data[bit / 8] ^= 1 << bit % 8;
		differs = HashOf(data, LENGTH, LENGTH) != hash;
		data[bit / 8] ^= 1 << bit % 8;
		if (!differs)
			return false;
	}
	return true;
}

/* Zeros have nothing but their number. */
static bool
TellsLengths(void)
{
	static const char zeros[LENGTH];

	for (size_t len = 1; len <= LENGTH; len++)
		for (size_t other = 0; other < len; other++)
			if (HashOf(zeros, len, LENGTH) == HashOf(zeros, other, LENGTH))
				return false;
	return true;
}

static bool
TellsOrder(char *data)
{
	uint64		hash = HashOf(data, LENGTH, LENGTH);

	for (int i = 0; i + 16 <= LENGTH; i += 8)
	{
		char		word[8];

		memcpy(word, data + i, 8);
		memmove(data + i, data + i + 8, 8);
		memcpy(data + i + 8, word, 8);
		if (HashOf(data, LENGTH, LENGTH) == hash)
			return false;
		hash = HashOf(data, LENGTH, LENGTH);
	}
	return true;
}

int
main(void)
{
	char		data[LENGTH];

	for (int i = 0; i < LENGTH; i++)
		data[i] = rand() % 256;
	Check(IsTheSameInPieces(data), "the pieces do not matter");
	Check(TellsBits(data), "each bit matters");
	Check(TellsLengths(), "the length matters");
	Check(TellsOrder(data), "the order of words matters");
	printf("1..%d\n", number);
	return failed;
}
