/*
 * spelling_private.h
 *	  A spelling as it was declared, between the files that make and read it.
 */
#ifndef ELT_DECODE_SPELLING_PRIVATE_H
#define ELT_DECODE_SPELLING_PRIVATE_H

#include "postgres.h"

typedef enum Percent
{
	PERCENT_NONE,
	PERCENT_FRACTION,
	PERCENT_NUMBER
} Percent;

/* A text of the declaration, in the encoding of pages. */
typedef struct Word
{
	const char *text;
	size_t		len;
} Word;

typedef struct Words
{
	int			n;
	Word	   *words;
} Words;

struct Spelling
{
	bool		trim;
	Words		nulls;
	bool		is_number;
	char		mark;			/* those below, where SpellingBareNumber knows all; or 0 */
	char		group;
	bool		is_bare;		/* nothing else may stand beside a number */
	Word		decimal;
	Words		grouping;
	Words		currency;
	Percent		percent;
	bool		is_bool;
	Words		true_words;
	Words		false_words;
};

static inline char
Lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

#endif
