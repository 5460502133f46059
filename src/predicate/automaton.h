/*
 * automaton.h
 *	  Regular expressions as deterministic automata over bytes.
 *
 * The part of the server's advanced regular expressions that is regular and whose meaning for
 * ASCII text depends on no locale: literals, '.', bracket expressions, \d \w \s and their
 * complements, groups, alternatives, repetition, and ^ and $ at the ends of an alternative.
 * Matches of non-ASCII text are undecided.
 */
#ifndef ELT_PREDICATE_AUTOMATON_H
#define ELT_PREDICATE_AUTOMATON_H

#include "postgres.h"

/* States with a final outcome come first. */
enum
{
	STATE_FAILS,				/* whatever follows */
	STATE_MATCHES,				/* whatever follows */
	STATE_UNKNOWN,				/* undecided: the server must match this text */
	STATE_FIRST
};

typedef struct Automaton
{
	int			nstates;
	int			start;
	bool	   *accepts;		/* does text that ends in this state match? */
	uint16		(*next)[256];	/* by state and byte */
} Automaton;

/* NULL when regex is not supported or its automaton is too large. */
extern Automaton *AutomatonOfRegex(const char *regex);

static inline int
AutomatonRun(const Automaton *a, const char *text, int len)
{
	int			state = a->start;

	for (int i = 0; i < len && state >= STATE_FIRST; i++)
		state = a->next[state][(unsigned char) text[i]];
	if (state < STATE_FIRST)
		return state;
	return a->accepts[state] ? STATE_MATCHES : STATE_FAILS;
}

#endif
