/*
 * fact_build.h
 *	  Build the relations of a fact, in place of those that are there.
 */
#ifndef ELT_STAR_FACT_BUILD_H
#define ELT_STAR_FACT_BUILD_H

#include "postgres.h"
#include "star/fact.h"

/*
 * Create its views and its table, in place of those of old unless that is NULL, and register it.
 * Others see either the old ones or the new ones. Returns the view.
 */
extern Oid	FactBuild(Fact *fact, const Fact *old);

#endif
