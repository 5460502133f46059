/*
 * definition_checks.h
 *	  What every kind checks of its definitions.
 */
#ifndef ELT_SOURCE_DEFINITION_CHECKS_H
#define ELT_SOURCE_DEFINITION_CHECKS_H

#include "postgres.h"
#include "source/definition.h"

/*
 * Error: the server's owner may not have an option, today. The validator has seen who wrote it,
 * and a server changes hands, a role its memberships.
 */
extern void OwnerRefused(const SourceDefinition *def, const char *option, const char *detail,
						 const char *who) pg_attribute_noreturn();

/* The column of that name, which an option gives; error when there is none. */
extern const SourceColumn *DefinitionColumn(const SourceDefinition *def, const char *option,
											const char *name);

#endif
