/*
 * automaton.c
 *	  Convert the tree of a regular expression to a deterministic automaton.
 *
 * First a nondeterministic automaton is built from its end, each part leading to the one that
 * follows; then the subset construction makes it deterministic.
 */
#include "base/compat.h"
#include "predicate/automaton.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "predicate/regex_tree.h"

#define MAX_NODES	1024
#define MAX_STATES	300
#define SET_WORDS	(MAX_NODES / 64)

typedef enum NodeKind
{
	NODE_CHAR,					/* a character of set, then one */
	NODE_SPLIT,					/* one or two, nothing is read */
	NODE_END,					/* matches where the text ends */
	NODE_ANYTHING				/* matches */
} NodeKind;

typedef struct Node
{
	NodeKind	kind;
	CharSet		set;
	int			one;
	int			two;
} Node;

typedef struct NodeSet
{
	uint64		bits[SET_WORDS];
} NodeSet;

typedef struct Builder
{
	int			nnodes;
	Node	   *nodes;
	int			nsets;			/* the states, those with a fate aside */
	NodeSet    *sets;
	uint32	   *hashes;
	bool		too_large;
} Builder;

static int
AddNode(Builder *b, NodeKind kind, int one, int two)
{
	if (b->nnodes == MAX_NODES)
	{
		b->too_large = true;
		return 0;
	}
	b->nodes[b->nnodes] = (Node) {.kind = kind, .one = one, .two = two};
	return b->nnodes++;
}

static int	AddTree(Builder *b, const RegexNode *tree, int next);

static int
AddRepeat(Builder *b, const RegexNode *repeat, int next)
{
	const RegexNode *child = repeat->children[0];
	int			at = next;

	if (repeat->max < 0)
	{
		at = AddNode(b, NODE_SPLIT, next, next);
		b->nodes[at].two = AddTree(b, child, at);
	}
	for (int i = repeat->min; i < repeat->max && !b->too_large; i++)
		at = AddNode(b, NODE_SPLIT, next, AddTree(b, child, at));
	for (int i = 0; i < repeat->min && !b->too_large; i++)
		at = AddTree(b, child, at);
	return at;
}

static int
AddTree(Builder *b, const RegexNode *tree, int next)
{
	int			at = next;

	check_stack_depth();
	if (b->too_large)
		return 0;
	switch (tree->kind)
	{
		case REGEX_CHAR:
			at = AddNode(b, NODE_CHAR, next, next);
			b->nodes[at].set = tree->set;
			return at;
		case REGEX_REPEAT:
			return AddRepeat(b, tree, next);
		case REGEX_CHOICE:
			at = AddTree(b, tree->children[0], next);
			for (int i = 1; i < tree->nchildren; i++)
				at = AddNode(b, NODE_SPLIT, at, AddTree(b, tree->children[i], next));
			return at;
		case REGEX_SEQUENCE:
			for (int i = tree->nchildren - 1; i >= 0; i--)
				at = AddTree(b, tree->children[i], at);
			return at;
		default:
			return at;
	}
}

/* An alternative: what is not anchored may have anything before and behind it. */
static int
AddBranch(Builder *b, const RegexNode *sequence)
{
	bool		begins = sequence->children[0]->kind == REGEX_BEGIN;
	bool		ends = sequence->children[sequence->nchildren - 1]->kind == REGEX_END;
	int			end = AddNode(b, ends ? NODE_END : NODE_ANYTHING, 0, 0);
	int			body = AddTree(b, sequence, end);
	int			any;
	int			start;

	if (begins)
		return body;
	any = AddNode(b, NODE_CHAR, 0, 0);
	start = AddNode(b, NODE_SPLIT, any, body);
	b->nodes[any].set = (CharSet) {{~UINT64CONST(1), ~UINT64CONST(0)}};
	b->nodes[any].one = start;
	return start;
}

/* Add a node and what it leads to without reading. */
static void
Reach(const Builder *b, NodeSet *set, NodeSet *seen, int node)
{
	uint64		bit = UINT64CONST(1) << (node & 63);

	check_stack_depth();
	if (seen->bits[node >> 6] & bit)
		return;
	seen->bits[node >> 6] |= bit;
	if (b->nodes[node].kind == NODE_SPLIT)
	{
		Reach(b, set, seen, b->nodes[node].one);
		Reach(b, set, seen, b->nodes[node].two);
	}
	else
		set->bits[node >> 6] |= bit;
}

static bool
SetHas(const Builder *b, const NodeSet *set, NodeKind kind)
{
	for (int n = 0; n < b->nnodes; n++)
		if (((set->bits[n >> 6] >> (n & 63)) & 1) && b->nodes[n].kind == kind)
			return true;
	return false;
}

static bool
SetIsEmpty(const NodeSet *set)
{
	for (int w = 0; w < SET_WORDS; w++)
		if (set->bits[w] != 0)
			return false;
	return true;
}

static int
StateOf(Builder *b, const NodeSet *set)
{
	uint32		hash;

	if (SetIsEmpty(set))
		return STATE_FAILS;
	if (SetHas(b, set, NODE_ANYTHING))
		return STATE_MATCHES;
	hash = hash_bytes((const unsigned char *) set, sizeof(NodeSet));
	for (int s = 0; s < b->nsets; s++)
		if (b->hashes[s] == hash && memcmp(&b->sets[s], set, sizeof(NodeSet)) == 0)
			return s + STATE_FIRST;
	if (b->nsets == MAX_STATES)
	{
		b->too_large = true;
		return STATE_UNKNOWN;
	}
	b->sets[b->nsets] = *set;
	b->hashes[b->nsets] = hash;
	return b->nsets++ + STATE_FIRST;
}

static int
StateAfter(Builder *b, int set, int c)
{
	NodeSet		after = {{0}};
	NodeSet		seen = {{0}};

	for (int n = 0; n < b->nnodes; n++)
		if (((b->sets[set].bits[n >> 6] >> (n & 63)) & 1) &&
			b->nodes[n].kind == NODE_CHAR && CharSetHas(&b->nodes[n].set, c))
			Reach(b, &after, &seen, b->nodes[n].one);
	return StateOf(b, &after);
}

/* Whether these separators are white space is a question of locale, as everything beyond ASCII. */
static bool
IsUnknown(int c)
{
	return c >= 0x80 || (c >= 0x1c && c <= 0x1f);
}

static Automaton *
Determine(Builder *b, int start)
{
	Automaton  *a = palloc0(sizeof(Automaton));
	NodeSet		first = {{0}};
	NodeSet		seen = {{0}};

	a->next = palloc_extended((MAX_STATES + STATE_FIRST) * sizeof(*a->next), MCXT_ALLOC_HUGE);
	Reach(b, &first, &seen, start);
	a->start = StateOf(b, &first);
	for (int s = 0; s < b->nsets && !b->too_large; s++)
		for (int c = 0; c < 256; c++)
			a->next[s + STATE_FIRST][c] = IsUnknown(c) ? STATE_UNKNOWN : StateAfter(b, s, c);
	if (b->too_large)
		return NULL;
	a->nstates = b->nsets + STATE_FIRST;
	a->accepts = palloc0(a->nstates);
	for (int s = 0; s < b->nsets; s++)
		a->accepts[s + STATE_FIRST] = SetHas(b, &b->sets[s], NODE_END);
	a->next = repalloc_huge(a->next, a->nstates * sizeof(*a->next));
	return a;
}

Automaton *
AutomatonOfRegex(const char *regex)
{
	RegexNode  *tree = RegexParse(regex);
	Builder		b = {0};
	int			start;

	if (tree == NULL)
		return NULL;
	b.nodes = palloc(sizeof(Node) * MAX_NODES);
	b.sets = palloc(sizeof(NodeSet) * MAX_STATES);
	b.hashes = palloc(sizeof(uint32) * MAX_STATES);
	start = AddBranch(&b, tree->children[0]);
	for (int i = 1; i < tree->nchildren; i++)
		start = AddNode(&b, NODE_SPLIT, start, AddBranch(&b, tree->children[i]));
	return b.too_large ? NULL : Determine(&b, start);
}
