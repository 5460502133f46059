/*
 * options.h
 *	  The options of servers, foreign tables and their columns: names, kinds, checks.
 */
#ifndef ELT_SOURCE_OPTIONS_H
#define ELT_SOURCE_OPTIONS_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* Check the options (DefElem *) of an object of this catalogue (a pg_class OID). */
extern void OptionsCheck(List *options, Oid catalog);

/* The value of an option, or NULL. */
extern char *OptionValue(List *options, const char *name);

/* Error about the value of an option, with what is wrong and how to write it. */
extern void OptionError(const char *name, const char *value, const char *detail,
						const char *hint) pg_attribute_noreturn();

/* The candidate (char *) that is spelled most alike, or NULL when none is near. */
extern const char *ClosestName(const char *name, List *candidates);

#endif
