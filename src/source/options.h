/*
 * options.h
 *	  The options of servers, foreign tables and their columns: names, kinds, checks.
 */
#ifndef ELT_SOURCE_OPTIONS_H
#define ELT_SOURCE_OPTIONS_H

#include "postgres.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "source/option_checks.h"

/* check may be NULL. A value that fails it is refused with this hint. */
typedef struct SourceOption
{
	const char *name;
	Oid			catalog;
	OptionCheck check;
	const char *hint;
} SourceOption;

/* All options that a wrapper knows. */
typedef struct OptionSet
{
	const char *wrapper;
	const SourceOption *options;
	int			noptions;
} OptionSet;

/* Each option (DefElem *) on its own: is there one of this name, will its value do? */
extern void OptionNamesCheck(const OptionSet *set, List *options, Oid catalog);

/* A wrapper's validator: call check with the options and the catalogue (a pg_class OID). */
extern Datum OptionsValidate(FunctionCallInfo fcinfo,
							 void (*check) (List *options, Oid catalog));

/* The value of an option, or NULL. */
extern char *OptionValue(List *options, const char *name);

/* Error when an option is missing; the hint gives it this value. */
extern void OptionRequire(List *options, const char *name, const char *example);

/* Error when an option is given without another one; the hint says how to give that. */
extern void OptionNeeds(List *options, const char *name, const char *needed, const char *hint);

/* Error when both are given; detail may be NULL. */
extern void OptionsExclude(List *options, const char *one, const char *other,
						   const char *detail);

/* Error when this option of a column is given beside one that says how a value is read. */
extern void OptionExcludesReading(List *options, const char *option, const char *detail);

/* Error about the value of an option, with what is wrong and how to write it. */
extern void OptionError(const char *name, const char *value, const char *detail,
						const char *hint) pg_attribute_noreturn();

/* The candidate (char *) that is spelled most alike, or NULL when none is near. */
extern const char *ClosestName(const char *name, List *candidates);

#endif
