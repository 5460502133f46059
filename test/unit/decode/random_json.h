/*
 * random_json.h
 *	  Generated texts; the same seed gives the same text.
 */
#ifndef RANDOM_JSON_H
#define RANDOM_JSON_H

#include "postgres.h"
#include "common/pg_prng.h"
#include "lib/stringinfo.h"

extern int	RandomBelow(pg_prng_state *rng, int n);
/* A JSON value with white space, escapes and equal keys; no \u0000, no half surrogates. */
extern void RandomJson(pg_prng_state *rng, StringInfo out, int depth);
extern void RandomNumber(pg_prng_state *rng, StringInfo out);
extern void RandomTime(pg_prng_state *rng, StringInfo out);
extern void RandomText(pg_prng_state *rng, StringInfo out, int max);
extern void RandomUuid(pg_prng_state *rng, StringInfo out);

#endif
