/*
 * regex_tree.h
 *	  The syntax tree of a regular expression.
 */
#ifndef ELT_PREDICATE_REGEX_TREE_H
#define ELT_PREDICATE_REGEX_TREE_H

#include "postgres.h"

typedef enum RegexKind
{
	REGEX_CHAR,					/* one character of a set */
	REGEX_SEQUENCE,
	REGEX_CHOICE,
	REGEX_REPEAT,
	REGEX_BEGIN,				/* ^ */
	REGEX_END					/* $ */
} RegexKind;

/* ASCII characters; 0 is in none. */
typedef struct CharSet
{
	uint64		bits[2];
} CharSet;

typedef struct RegexNode
{
	RegexKind	kind;
	CharSet		set;
	int			min;			/* of a repetition */
	int			max;			/* -1: no end */
	int			nchildren;
	struct RegexNode **children;
} RegexNode;

/* NULL when it is not of the part that automaton.h describes. */
extern RegexNode *RegexParse(const char *regex);

static inline bool
CharSetHas(const CharSet *set, int c)
{
	return (set->bits[c >> 6] >> (c & 63)) & 1;
}

#endif
