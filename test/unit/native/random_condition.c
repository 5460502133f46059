#include "random_condition.h"

#include "utils/builtins.h"

#define PICK(array) ((array)[RandomBelow(rng, lengthof(array))])

static const char *const bools[] = {"true", "false"};
static const char *const integers[] = {
	"0", "1", "-1", "2", "7", "100", "32767", "-32768", "2147483647", "-2147483648",
	"int8 '9223372036854775807'", "int8 '-9223372036854775808'", "int2 '5'", "int4 '3'", "99999999999"
};
static const char *const floats[] = {
	"float8 'NaN'", "float8 'Infinity'", "float8 '-Infinity'", "float8 '-0'", "float8 '0'",
	"float4 '0.1'", "float8 '0.1'", "1.5", "float4 'NaN'", "float8 '1e-320'", "-1e300", "2", "float8 '1e308'",
	"float4 '3.4e38'", "16777217"
};
static const char *const numerics[] = {
	"0", "1", "-1", "0.1", "1.0", "1.00", "1e20", "-99999999999999999999.9999", "numeric 'NaN'",
	"numeric 'Infinity'", "numeric '-Infinity'", "12.3400", "9223372036854775807.5", "-9223372036854775808.5", "6.5", "-0.5", "0.00000000000000000000001", "100", "9999.9999", "10000"
};
static const char *const dates[] = {
	"'2024-01-01'", "'1999-12-31'", "'infinity'", "'-infinity'", "'4713-01-01 BC'", "'2024-02-29'", "'5874897-12-31'"
};
static const char *const times[] = {
	"'2024-01-01 00:00:00'", "'1999-12-31 23:59:59.999999'", "'infinity'", "'-infinity'", "'2024-01-01'",
	"'294276-12-31'", "'4713-01-01 BC'"
};

/* Columns by the kind of their values. */
typedef struct Kind
{
	const char *columns[8];
	int			ncolumns;
	const char *const *literals;
	int			nliterals;
} Kind;

static const Kind kinds[] = {
	{{"b", "b2"}, 2, bools, lengthof(bools)},
	{{"i2", "i4", "i8", "i4b", "dom", "length(x)", "octet_length(v)", "char_length(c)"}, 8,
	integers, lengthof(integers)},
	{{"f4", "f8", "f8b", "i4", "i8", "i2"}, 6, floats, lengthof(floats)},
	{{"n", "n2", "n", "i4", "i8", "i2", "dom"}, 7, numerics, lengthof(numerics)},
	{{"d", "d2"}, 2, dates, lengthof(dates)},
	{{"ts", "ts2", "d"}, 3, times, lengthof(times)},
	{{"tz", "tz2"}, 2, times, lengthof(times)},
};

static const char *const texts[] = {"x", "x2", "v", "c", "xc", "xp", "domx", "c2", "xd"};
static const char *const comparisons[] = {"=", "<>", "<", "<=", ">", ">="};

int
RandomBelow(pg_prng_state *rng, int n)
{
	return (int) pg_prng_uint64_range(rng, 0, n - 1);
}

void
RandomShortText(pg_prng_state *rng, StringInfo out)
{
	static const char *const pieces[] = {
		"a", "b", "a", "b", "0", "1", "A", "_", "-", " ", ".", "ab", "a", "b", "0", "\\", "%", "\n", "\t", "\r", "\x0b", "\x1c",
		"\x7f", "{", "^", "$", "]", "S1", "DE-LU"
	};

	for (int n = RandomBelow(rng, 7); n > 0; n--)
		appendStringInfoString(out, PICK(pieces));
}

static void
AppendLiteral(pg_prng_state *rng, StringInfo out)
{
	static const char *const fixed[] = {
		"'é'", "'aé'", "'日本'", "''", "' '", "'ab    '", "'ab'", "'a'", "'A'"
	};
	StringInfoData text;

	if (RandomBelow(rng, 3) == 0)
	{
		appendStringInfoString(out, PICK(fixed));
		return;
	}
	initStringInfo(&text);
	RandomShortText(rng, &text);
	appendStringInfoString(out, quote_literal_cstr(text.data));
}

static void
Column(pg_prng_state *rng, const Kind *kind, StringInfo out)
{
	appendStringInfoString(out, kind->columns[RandomBelow(rng, kind->ncolumns)]);
}

static void
Literal(pg_prng_state *rng, const Kind *kind, StringInfo out)
{
	appendStringInfoString(out, kind->literals[RandomBelow(rng, kind->nliterals)]);
}

static void
Value(pg_prng_state *rng, const Kind *kind, StringInfo out)
{
	if (RandomBelow(rng, 3) == 0)
		Column(rng, kind, out);
	else
		Literal(rng, kind, out);
}

static void
ValueList(pg_prng_state *rng, const Kind *kind, StringInfo out)
{
	appendStringInfoChar(out, '(');
	for (int n = RandomBelow(rng, 6); n >= 0; n--)
	{
		if (RandomBelow(rng, 12) == 0)
			appendStringInfoString(out, "NULL");
		else if (kind == NULL)
			AppendLiteral(rng, out);
		else
			Literal(rng, kind, out);
		appendStringInfoString(out, n > 0 ? ", " : ")");
	}
}

static void
ValueLeaf(pg_prng_state *rng, StringInfo out)
{
	const Kind *kind = &kinds[RandomBelow(rng, lengthof(kinds))];

	switch (RandomBelow(rng, 5))
	{
		case 0:
			Column(rng, kind, out);
			appendStringInfoString(out, RandomBelow(rng, 2) ? " BETWEEN " : " NOT BETWEEN ");
			Value(rng, kind, out);
			appendStringInfoString(out, " AND ");
			Value(rng, kind, out);
			return;
		case 1:
			Column(rng, kind, out);
			appendStringInfoString(out, RandomBelow(rng, 2) ? " IN " : " NOT IN ");
			ValueList(rng, kind, out);
			return;
		case 2:
			Column(rng, kind, out);
			appendStringInfoString(out, RandomBelow(rng, 2) ? " IS DISTINCT FROM "
								   : " IS NOT DISTINCT FROM ");
			Value(rng, kind, out);
			return;
		default:
			Value(rng, kind, out);
			appendStringInfo(out, " %s ", PICK(comparisons));
			Column(rng, kind, out);
			return;
	}
}

static void
NullLeaf(pg_prng_state *rng, StringInfo out)
{
	static const char *const columns[] = {"b", "i4", "f8", "n", "x", "u", "j", "tz", "domx"};

	appendStringInfo(out, "%s IS %sNULL", PICK(columns), RandomBelow(rng, 2) ? "NOT " : "");
}

static void
TextLeaf(pg_prng_state *rng, StringInfo out)
{
	const char *column = PICK(texts);

	switch (RandomBelow(rng, 5))
	{
		case 0:
			appendStringInfo(out, "%s %s ", column, RandomBelow(rng, 2) ? "IN" : "NOT IN");
			ValueList(rng, NULL, out);
			return;
		case 1:
			appendStringInfo(out, "starts_with(%s, ", column);
			AppendLiteral(rng, out);
			appendStringInfoChar(out, ')');
			return;
		case 2:
			appendStringInfo(out, "%s %s %s", column, PICK(comparisons), PICK(texts));
			return;
		case 3:
			appendStringInfo(out, "%s IS DISTINCT FROM ", column);
			AppendLiteral(rng, out);
			return;
		default:
			appendStringInfo(out, "%s %s ", column, PICK(comparisons));
			AppendLiteral(rng, out);
			return;
	}
}

static void
LikeLeaf(pg_prng_state *rng, StringInfo out)
{
	static const char *const pieces[] = {
		"%", "%", "_", "a", "b", "0", "ab", "\\%", "\\_", "\\\\", ".", "é", "-", "1", "\\a", " "
	};
	StringInfoData pattern;

	initStringInfo(&pattern);
	for (int n = RandomBelow(rng, 6); n > 0; n--)
		appendStringInfoString(&pattern, PICK(pieces));
	if (RandomBelow(rng, 30) == 0)
		appendStringInfoChar(&pattern, '\\');
	appendStringInfo(out, "%s %s %s", PICK(texts), RandomBelow(rng, 3) ? "LIKE" : "NOT LIKE",
					 quote_literal_cstr(pattern.data));
	if (RandomBelow(rng, 8) == 0)
		appendStringInfoString(out, " ESCAPE '.'");
}

static void
RegexQuantifier(pg_prng_state *rng, StringInfo out)
{
	static const char *const quantifiers[] = {
		"*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "{0}", "{3,1}", "*?", "+?", "{1,2}?", "{,2}", "{256}", "**"
	};

	if (RandomBelow(rng, 3) == 0)
		appendStringInfoString(out, quantifiers[RandomBelow(rng, RandomBelow(rng, 10) ? 8 : 15)]);
}

static void
RegexAtom(pg_prng_state *rng, StringInfo out, int depth)
{
	static const char *const atoms[] = {
		"a", "b", "0", "1", ".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "[ab]", "[a-z]", "[^a]", "[A-Z0-9_-]",
		"[[:alpha:]]", "[^[:digit:]]", "[\\d.]", "\\.", "\\-", "[]a]", "[^]a]", "[a\\]]", " ", "-", "_", "ab", "[.]",
		"[a-]", "[[:space:][:upper:]]", "S", "DE", "[\\w]", "[[:alnum:]_]", "[\\^b]", "[ab^]", "%"
	};

	if (depth > 0 && RandomBelow(rng, 5) == 0)
	{
		appendStringInfoString(out, RandomBelow(rng, 2) ? "(" : "(?:");
		for (int n = RandomBelow(rng, 3); n >= 0; n--)
		{
			for (int m = RandomBelow(rng, 3); m >= 0; m--)
			{
				RegexAtom(rng, out, depth - 1);
				RegexQuantifier(rng, out);
			}
			if (n > 0)
				appendStringInfoChar(out, '|');
		}
		appendStringInfoChar(out, ')');
		return;
	}
	appendStringInfoString(out, PICK(atoms));
}

static void
SoundBranch(pg_prng_state *rng, StringInfo out)
{
	if (RandomBelow(rng, 3) > 0)
		appendStringInfoChar(out, '^');
	for (int n = RandomBelow(rng, 5); n > 0; n--)
	{
		RegexAtom(rng, out, 2);
		RegexQuantifier(rng, out);
	}
	if (RandomBelow(rng, 3) > 0)
		appendStringInfoChar(out, '$');
}

static void
SoundRegex(pg_prng_state *rng, StringInfo out)
{
	SoundBranch(rng, out);
	while (RandomBelow(rng, 8) == 0)
	{
		appendStringInfoChar(out, '|');
		SoundBranch(rng, out);
	}
}

/* Marks of the syntax in any order: what is refused, and what means something unforeseen. */
static void
WildRegex(pg_prng_state *rng, StringInfo out)
{
	static const char *const pieces[] = {
		"a", "b", "0", "(", ")", "[", "]", "[^", "-", "{", "}", ",", "1", "2", "*", "+", "?", "|", "^", "$", "\\",
		".", "\\d", "\\w", "\\y", "\\m", "\\A", "\\1", "(?:", "(?i)", "(?=", "***", "[:alpha:]", "[[:<:]]", "[=a=]",
		"[.-.]", "é", "[a-é]", "\\x41", "\\t", "(?!", "***=", ":", "<", "b-a"
	};

	for (int n = RandomBelow(rng, 8); n >= 0; n--)
		appendStringInfoString(out, PICK(pieces));
}

void
RandomRegexCondition(pg_prng_state *rng, StringInfo out)
{
	StringInfoData regex;
	const char *column = PICK(texts);

	initStringInfo(&regex);
	if (RandomBelow(rng, 4) > 0)
		SoundRegex(rng, &regex);
	else
		WildRegex(rng, &regex);
	switch (RandomBelow(rng, 6))
	{
		case 0:
			appendStringInfo(out, "%s !~ %s", column, quote_literal_cstr(regex.data));
			return;
		case 1:
			appendStringInfo(out, "regexp_like(%s, %s)", column, quote_literal_cstr(regex.data));
			return;
		case 2:
			appendStringInfo(out, "%s SIMILAR TO %s", column, quote_literal_cstr(regex.data));
			return;
		default:
			appendStringInfo(out, "%s ~ %s", column, quote_literal_cstr(regex.data));
			return;
	}
}

static void
Leaf(pg_prng_state *rng, StringInfo out)
{
	static const char *const odd[] = {
		"b", "NOT b", "b2", "true", "false", "NULL::boolean", "x IN (NULL)", "i4 = ANY ('{}')", "i4 <> ALL ('{}')",
		"i4 = ANY ('{1,NULL,7}')", "x <> ALL ('{a,NULL}')", "n = ANY ('{1,NaN}')", "b = ANY ('{t}')", "i4 = i8",
		"f4 = f8", "i2 <> i4b", "i4 > 1.5", "d = ts", "u = u", "j = '{}'", "i4 + 1 > 0", "upper(x) = 'A'",
		"x COLLATE \"C\" < 'b'", "coalesce(i4, 0) > 0", "i4 % 2 = 0", "x ILIKE 'a%'", "ts < now()", "x ^@ 'a'",
		"i4 < ALL ('{1,2}')", "d < 'today'", "num_nulls(x, i4) = 0", "1 / i4 > 0", "x ~ x2", "x LIKE x2"
	};

	switch (RandomBelow(rng, 8))
	{
		case 0:
			NullLeaf(rng, out);
			return;
		case 1:
			LikeLeaf(rng, out);
			return;
		case 2:
		case 3:
			TextLeaf(rng, out);
			return;
		case 4:
			RandomRegexCondition(rng, out);
			return;
		case 5:
			appendStringInfoString(out, PICK(odd));
			return;
		default:
			ValueLeaf(rng, out);
			return;
	}
}

void
RandomCondition(pg_prng_state *rng, StringInfo out, int depth)
{
	static const char *const tests[] = {
		"IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN"
	};

	if (depth == 0 || RandomBelow(rng, 2) == 0)
	{
		appendStringInfoChar(out, '(');
		Leaf(rng, out);
		appendStringInfoChar(out, ')');
		return;
	}
	switch (RandomBelow(rng, 6))
	{
		case 0:
			appendStringInfoString(out, "(NOT ");
			RandomCondition(rng, out, depth - 1);
			appendStringInfoChar(out, ')');
			return;
		case 1:
			appendStringInfoChar(out, '(');
			RandomCondition(rng, out, depth - 1);
			appendStringInfo(out, " %s)", PICK(tests));
			return;
		default:
			appendStringInfoChar(out, '(');
			for (int n = RandomBelow(rng, 2); n >= 0; n--)
			{
				RandomCondition(rng, out, depth - 1);
				appendStringInfoString(out, RandomBelow(rng, 2) ? " AND " : " OR ");
			}
			RandomCondition(rng, out, depth - 1);
			appendStringInfoChar(out, ')');
			return;
	}
}
