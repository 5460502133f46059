/*
 * sample_keys.h
 *	  Keys of some rows that violate a check, to look at.
 */
#ifndef ELT_CHECK_SAMPLE_KEYS_H
#define ELT_CHECK_SAMPLE_KEYS_H

#include "postgres.h"
#include "check/declared_check.h"
#include "check/quarantine.h"

/* A JSON array; NULL when no row violates the check or the pipeline has no key. */
extern char *SampleKeys(const Pipeline *p, const Check *check, const BadRows *bad);

#endif
