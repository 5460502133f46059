/*
 * random_condition.h
 *	  Generated conditions over the columns of the test's table; the same seed gives the same.
 */
#ifndef RANDOM_CONDITION_H
#define RANDOM_CONDITION_H

#include "postgres.h"
#include "common/pg_prng.h"
#include "lib/stringinfo.h"

extern int	RandomBelow(pg_prng_state *rng, int n);
/* A boolean expression; now and then one that the server refuses. */
extern void RandomCondition(pg_prng_state *rng, StringInfo out, int depth);
/* One that matches a text with a regular expression, most often a sound one. */
extern void RandomRegexCondition(pg_prng_state *rng, StringInfo out);
/* Text of a few characters, so that patterns meet it. */
extern void RandomShortText(pg_prng_state *rng, StringInfo out);

#endif
