/*
 * fact_view.h
 *	  The views of a fact, and the comments on them.
 */
#ifndef ELT_STAR_FACT_VIEW_H
#define ELT_STAR_FACT_VIEW_H

#include "postgres.h"
#include "star/fact.h"

extern void FactPutViews(const Fact *fact);
/* The view of attributes alone, after those of a dimension have changed. */
extern void FactPutAsOf(const Fact *fact);

#endif
