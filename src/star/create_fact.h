/*
 * create_fact.h
 *	  Build the relations of a fact.
 */
#ifndef ELT_STAR_CREATE_FACT_H
#define ELT_STAR_CREATE_FACT_H

#include "postgres.h"
#include "star/fact.h"

/*
 * Create its views and its table, in place of those of old unless that is NULL, and register it.
 * Others see either the old ones or the new ones. Returns the view.
 */
extern Oid	FactBuild(Fact *fact, const Fact *old);

#endif
