/*
 * regex_tree.c
 *	  Parse the subset of regular expressions that automata support.
 *
 * Anything else is left to the server's regular expression engine.
 */
#include "base/compat.h"
#include "predicate/regex_tree.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"

#define MAX_REPEAT	255

typedef struct RegexParser
{
	const char *at;
	int			depth;			/* of groups */
	bool		failed;
} RegexParser;

static RegexNode *ParseChoice(RegexParser *p);

static RegexNode *
GiveUp(RegexParser *p)
{
	p->failed = true;
	return NULL;
}

static RegexNode *
MakeNode(RegexKind kind, List *children)
{
	RegexNode  *node = palloc0(sizeof(RegexNode));
	ListCell   *lc;

	node->kind = kind;
	node->children = palloc(sizeof(RegexNode *) * Max(list_length(children), 1));
	foreach(lc, children)
		node->children[node->nchildren++] = lfirst(lc);
	return node;
}

static void
AddRange(CharSet *set, int from, int to)
{
	for (int c = from; c <= to; c++)
		set->bits[c >> 6] |= UINT64CONST(1) << (c & 63);
}

static void
Complement(CharSet *set)
{
	set->bits[0] = ~set->bits[0] & ~UINT64CONST(1);
	set->bits[1] = ~set->bits[1];
}

/* \d \w \s, also with a capital */
static bool
AddEscapeClass(CharSet *set, char c)
{
	switch (c)
	{
		case 'w':
			AddRange(set, 'a', 'z');
			AddRange(set, 'A', 'Z');
			AddRange(set, '_', '_');
			AddRange(set, '0', '9');
			return true;
		case 'd':
			AddRange(set, '0', '9');
			return true;
		case 's':
			AddRange(set, '\t', '\r');
			AddRange(set, ' ', ' ');
			return true;
		default:
			return false;
	}
}

static bool
IsAsciiLetterOrDigit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A character that stands for itself when a backslash is before it. */
static bool
IsEscapable(char c)
{
	return c > ' ' && c < 0x7f && !IsAsciiLetterOrDigit(c) && c != '_';
}

static bool
IsLiteral(char c)
{
	return c > 0 && c < 0x7f && strchr(".[](){}*+?|^$\\", c) == NULL;
}

static RegexNode *
ParseEscape(RegexParser *p)
{
	RegexNode  *node = MakeNode(REGEX_CHAR, NIL);
	char		c = *++p->at;

	if (c != '\0')
		p->at++;
	if (AddEscapeClass(&node->set, c))
		return node;
	if ((c == 'D' || c == 'W' || c == 'S') && AddEscapeClass(&node->set, c | 0x20))
	{
		Complement(&node->set);
		return node;
	}
	if (!IsEscapable(c))
		return GiveUp(p);
	AddRange(&node->set, c, c);
	return node;
}

/* [:name:] */
static bool
AddNamedClass(RegexParser *p, CharSet *set)
{
	static const struct
	{
		const char *name;
		const char *ranges;
	}			classes[] = {
		{"[:alpha:]", "azAZ"}, {"[:digit:]", "09"}, {"[:alnum:]", "azAZ09"},
		{"[:upper:]", "AZ"}, {"[:lower:]", "az"}, {"[:xdigit:]", "09afAF"},
		{"[:space:]", "\t\r  "},
	};

	for (int i = 0; i < lengthof(classes); i++)
	{
		size_t		len = strlen(classes[i].name);

		if (strncmp(p->at, classes[i].name, len) != 0)
			continue;
		for (const char *r = classes[i].ranges; *r != '\0'; r += 2)
			AddRange(set, r[0], r[1]);
		p->at += len;
		return true;
	}
	return false;
}

/* One character in brackets; 0 when it is none that we know. */
static char
BracketChar(RegexParser *p)
{
	char		c = *p->at;

	if (c == '\\')
		return IsEscapable(p->at[1]) ? (p->at += 2)[-1] : 0;
	if (c <= 0 || c >= 0x7f || (c == '[' && strchr(".=:", p->at[1]) != NULL))
		return 0;
	p->at++;
	return c;
}

static bool
ParseBracketItem(RegexParser *p, CharSet *set)
{
	char		from;
	char		to;

	if (*p->at == '[' && p->at[1] == ':')
		return AddNamedClass(p, set) && (*p->at != '-' || p->at[1] == ']');
	if (*p->at == '\\' && AddEscapeClass(set, p->at[1]))
	{
		p->at += 2;
		return *p->at != '-' || p->at[1] == ']';
	}
	from = BracketChar(p);
	if (from == 0)
		return false;
	to = from;
	if (*p->at == '-' && p->at[1] != ']')
	{
		p->at++;
		if (*p->at == '-' || *p->at == '[')
			return false;
		to = BracketChar(p);
	}
	AddRange(set, from, to);
	return to >= from;
}

static RegexNode *
ParseBracket(RegexParser *p)
{
	RegexNode  *node = MakeNode(REGEX_CHAR, NIL);
	bool		negated = *++p->at == '^';
	const char *first = p->at += negated ? 1 : 0;

	if (*p->at == ']' || *p->at == '-')
	{
		AddRange(&node->set, *p->at, *p->at);
		p->at++;
		if (*p->at == '-' && p->at[1] != ']')
			return GiveUp(p);
	}
	while (*p->at != ']')
	{
		bool		last_dash = *p->at == '-' && p->at[1] == ']';

		if (*p->at == '\0' || (*p->at == '-' && !last_dash && p->at != first))
			return GiveUp(p);
		if (!ParseBracketItem(p, &node->set))
			return GiveUp(p);
	}
	p->at++;
	if (negated)
		Complement(&node->set);
	return node;
}

static RegexNode *
ParseGroup(RegexParser *p)
{
	RegexNode  *node;

	p->at++;
	if (*p->at == '?')
	{
		if (p->at[1] != ':')
			return GiveUp(p);
		p->at += 2;
	}
	p->depth++;
	node = ParseChoice(p);
	p->depth--;
	if (p->failed || *p->at != ')')
		return GiveUp(p);
	p->at++;
	return node;
}

static RegexNode *
ParseAtom(RegexParser *p)
{
	RegexNode  *node;

	switch (*p->at)
	{
		case '\\':
			return ParseEscape(p);
		case '[':
			return ParseBracket(p);
		case '(':
			return ParseGroup(p);
		case '.':
			node = MakeNode(REGEX_CHAR, NIL);
			Complement(&node->set);
			break;
		default:
			if (!IsLiteral(*p->at))
				return GiveUp(p);
			node = MakeNode(REGEX_CHAR, NIL);
			AddRange(&node->set, *p->at, *p->at);
	}
	p->at++;
	return node;
}

/* -1 when there is none. */
static int
ParseNumber(RegexParser *p)
{
	int			n = -1;

	for (; *p->at >= '0' && *p->at <= '9'; p->at++)
		n = Min(Max(n, 0) * 10 + (*p->at - '0'), MAX_REPEAT + 1);
	return n;
}

static bool
ParseBounds(RegexParser *p, int *min, int *max)
{
	p->at++;
	*min = *max = ParseNumber(p);
	if (*p->at == ',')
	{
		p->at++;
		*max = ParseNumber(p);
	}
	if (*p->at != '}')
		return false;
	p->at++;
	return *min >= 0 && *min <= MAX_REPEAT && *max <= MAX_REPEAT && (*max < 0 || *max >= *min);
}

static bool
ParseQuantifier(RegexParser *p, int *min, int *max)
{
	if (*p->at == '{')
		return ParseBounds(p, min, max);
	*min = *p->at == '+' ? 1 : 0;
	*max = *p->at == '?' ? 1 : -1;
	p->at++;
	return true;
}

static bool
IsQuantifier(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{';
}

/* A ? behind a quantifier makes it take less, which changes no verdict. */
static RegexNode *
ParsePiece(RegexParser *p)
{
	RegexNode  *atom = ParseAtom(p);
	RegexNode  *repeat;

	if (p->failed || !IsQuantifier(*p->at))
		return atom;
	repeat = MakeNode(REGEX_REPEAT, list_make1(atom));
	if (!ParseQuantifier(p, &repeat->min, &repeat->max))
		return GiveUp(p);
	if (*p->at == '?')
		p->at++;
	return IsQuantifier(*p->at) ? GiveUp(p) : repeat;
}

static bool
EndsBranch(char c)
{
	return c == '\0' || c == '|' || c == ')';
}

static RegexNode *
ParseSequence(RegexParser *p)
{
	List	   *pieces = NIL;

	if (p->depth == 0 && *p->at == '^')
	{
		pieces = list_make1(MakeNode(REGEX_BEGIN, NIL));
		p->at++;
	}
	while (!EndsBranch(*p->at) && !p->failed)
	{
		if (p->depth == 0 && *p->at == '$' && EndsBranch(p->at[1]))
		{
			pieces = lappend(pieces, MakeNode(REGEX_END, NIL));
			p->at++;
		}
		else
			pieces = lappend(pieces, ParsePiece(p));
	}
	if (p->failed || pieces == NIL)
		return GiveUp(p);
	return MakeNode(REGEX_SEQUENCE, pieces);
}

static RegexNode *
ParseChoice(RegexParser *p)
{
	List	   *branches = NIL;

	check_stack_depth();
	branches = lappend(branches, ParseSequence(p));
	while (!p->failed && *p->at == '|')
	{
		p->at++;
		branches = lappend(branches, ParseSequence(p));
	}
	return p->failed ? NULL : MakeNode(REGEX_CHOICE, branches);
}

RegexNode *
RegexParse(const char *regex)
{
	RegexParser parser = {regex};
	RegexNode  *tree = ParseChoice(&parser);

	return parser.failed || *parser.at != '\0' ? NULL : tree;
}
