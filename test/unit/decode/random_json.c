/*
 * random_json.c
 *	  Generated texts: JSON values, and values that columns are made of.
 */
#include "postgres.h"

#include "random_json.h"

int
RandomBelow(pg_prng_state *rng, int n)
{
	return (int) pg_prng_uint64_range(rng, 0, n - 1);
}

static const char *
OneOf(pg_prng_state *rng, const char *const *list, int n)
{
	return list[RandomBelow(rng, n)];
}

static void
Space(pg_prng_state *rng, StringInfo out)
{
	while (RandomBelow(rng, 6) == 0)
		appendStringInfoChar(out, " \t\r\n"[RandomBelow(rng, 4)]);
}

static void
JsonText(pg_prng_state *rng, StringInfo out)
{
	static const char *const parts[] = {
		"a", "bc", " ", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", "\\u20AC",
		"ä", "€", "😀", "plain text of some length", "{", "]", ":", ",", "\\t"
	};

	appendStringInfoChar(out, '"');
	for (int n = RandomBelow(rng, 6); n > 0; n--)
		appendStringInfoString(out, OneOf(rng, parts, lengthof(parts)));
	appendStringInfoChar(out, '"');
}

static void
JsonObject(pg_prng_state *rng, StringInfo out, int depth)
{
	static const char *const keys[] = {
		"\"a\"", "\"b\"", "\"c\"", "\"x\"", "\"y\"", "\"\\u0061\"", "\"zz\"", "\"k\\\"q\""
	};
	int			n = RandomBelow(rng, 6);

	appendStringInfoChar(out, '{');
	Space(rng, out);
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		Space(rng, out);
		appendStringInfoString(out, OneOf(rng, keys, lengthof(keys)));
		Space(rng, out);
		appendStringInfoChar(out, ':');
		RandomJson(rng, out, depth - 1);
	}
	appendStringInfoChar(out, '}');
}

static void
JsonArray(pg_prng_state *rng, StringInfo out, int depth)
{
	int			n = RandomBelow(rng, 4);

	appendStringInfoChar(out, '[');
	Space(rng, out);
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		RandomJson(rng, out, depth - 1);
	}
	appendStringInfoChar(out, ']');
}

void
RandomJson(pg_prng_state *rng, StringInfo out, int depth)
{
	static const char *const words[] = {"true", "false", "null", "0", "-1", "17", "1.50", "-0.25"};
	int			kind = RandomBelow(rng, 10);

	Space(rng, out);
	if (kind < 4 && depth > 0)
		JsonObject(rng, out, depth);
	else if (kind < 6 && depth > 0)
		JsonArray(rng, out, depth);
	else if (kind < 8)
		JsonText(rng, out);
	else
		appendStringInfoString(out, OneOf(rng, words, lengthof(words)));
	Space(rng, out);
}

static void
SomeDigits(pg_prng_state *rng, StringInfo out, int max)
{
	for (int n = RandomBelow(rng, max + 1); n > 0; n--)
		appendStringInfoChar(out, "0123456789000999"[RandomBelow(rng, 16)]);
}

void
RandomNumber(pg_prng_state *rng, StringInfo out)
{
	static const char *const edges[] = {
		"32767", "32768", "-32768", "-32769", "2147483647", "2147483648", "-2147483648",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "16777217",
		"9007199254740993", "9007199254740992.5", "1e22", "1e23", "4.9e-324", "2.5e-324",
		"1.7976931348623157e308", "3.4028235e38", "1.1754944e-38", "7e-46", "-0", "-0.0", "00",
		".5", "5.", "+1", " 1", "1 ", "0x10", "inf", "nan", "", "-", "1e", "1_000"
	};
	int			shape = RandomBelow(rng, 8);

	if (shape == 0)
	{
		appendStringInfoString(out, OneOf(rng, edges, lengthof(edges)));
		return;
	}
	if (RandomBelow(rng, 3) == 0)
		appendStringInfoChar(out, '-');
	SomeDigits(rng, out, RandomBelow(rng, 4) == 0 ? 22 : 9);
	if (RandomBelow(rng, 2) == 0)
	{
		appendStringInfoChar(out, '.');
		SomeDigits(rng, out, RandomBelow(rng, 4) == 0 ? 20 : 6);
	}
	if (shape == 1)
		appendStringInfo(out, "e%d", RandomBelow(rng, 60) - 30);
}

/* Mostly a date, often with a time, sometimes with an offset, not always sound. */
void
RandomTime(pg_prng_state *rng, StringInfo out)
{
	static const char *const offsets[] = {
		"", "", "Z", "+00", "+02:00", "-0330", "+15:59", "+16:00", "-15", " UTC", "z", "+1", "+02:60"
	};

	appendStringInfo(out, "%04d-%02d-%02d", RandomBelow(rng, 4) ? 1990 + RandomBelow(rng, 60) :
					 RandomBelow(rng, 10000), RandomBelow(rng, 14), RandomBelow(rng, 33));
	if (RandomBelow(rng, 4) == 0)
		return;
	appendStringInfoChar(out, "T t"[RandomBelow(rng, 16) ? RandomBelow(rng, 2) : 2]);
	appendStringInfo(out, "%02d:%02d", RandomBelow(rng, 26), RandomBelow(rng, 62));
	if (RandomBelow(rng, 8) > 0)
	{
		appendStringInfo(out, ":%02d", RandomBelow(rng, 62));
		if (RandomBelow(rng, 3) == 0)
		{
			appendStringInfoChar(out, '.');
			SomeDigits(rng, out, 8);
		}
	}
	appendStringInfoString(out, OneOf(rng, offsets, lengthof(offsets)));
}

void
RandomText(pg_prng_state *rng, StringInfo out, int max)
{
	static const char *const parts[] = {
		"a", "b", "Z", " ", "0", "ä", "€", "😀", "-", "true", "f", "1"
	};

	for (int n = RandomBelow(rng, max + 1); n > 0; n--)
		appendStringInfoString(out, OneOf(rng, parts, lengthof(parts)));
}

void
RandomUuid(pg_prng_state *rng, StringInfo out)
{
	for (int i = 0; i < 36; i++)
	{
		bool		dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (RandomBelow(rng, 200) == 0)
			appendStringInfoChar(out, "g-{"[RandomBelow(rng, 3)]);
		else
			appendStringInfoChar(out, dash ? '-' : "0123456789abcdefABCDEF"[RandomBelow(rng, 22)]);
	}
}
