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

/* check may be NULL. A value that fails it is rejected with this hint. */
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

/* Check name and value of each option (DefElem *). */
extern void OptionNamesCheck(const OptionSet *set, List *options, Oid catalog);

/* A wrapper's validator: call check with the options and the catalog (a pg_class OID). */
extern Datum OptionsValidate(FunctionCallInfo fcinfo,
							 void (*check) (List *options, Oid catalog));

/* The value of an option, or NULL. */
extern char *OptionValue(List *options, const char *name);

/* Raise an error when an option is missing; the hint shows this value. */
extern void OptionRequire(List *options, const char *name, const char *example);

/* Raise an error when an option is specified without another one; the hint describes the latter. */
extern void OptionNeeds(List *options, const char *name, const char *needed, const char *hint);

/* Raise an error when both are specified; detail may be NULL. */
extern void OptionsExclude(List *options, const char *one, const char *other,
						   const char *detail);

/* Raise an error unless the current user may let servers reach private addresses. */
extern void OptionCheckReach(const char *name, const char *detail);

/* Raise an error about an invalid value of an option. */
extern void OptionError(const char *name, const char *value, const char *detail,
						const char *hint) pg_attribute_noreturn();

#endif
