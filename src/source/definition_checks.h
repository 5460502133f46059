/*
 * definition_checks.h
 *	  Checks of definitions that all kinds share.
 */
#ifndef ELT_SOURCE_DEFINITION_CHECKS_H
#define ELT_SOURCE_DEFINITION_CHECKS_H

#include "postgres.h"
#include "source/definition.h"

/*
 * Raise an error because the server's owner is not permitted to use an option. The validator
 * only checked the role that set it; owners and memberships may change later.
 */
extern void OwnerRefused(const SourceDefinition *def, const char *option, const char *detail,
						 const char *who) pg_attribute_noreturn();

/* The same unless the owner may reach private addresses. */
extern void OwnerCheckReach(const SourceDefinition *def, const char *option, const char *detail);

/* Look up the column that an option names; raises an error when it does not exist. */
extern const SourceColumn *DefinitionColumn(const SourceDefinition *def, const char *option,
											const char *name);

/*
 * Of a source of changes: raise an error, with this hint, if the pipeline would not see deletes, so that
 * rows that are deleted in the source would stay for ever.
 */
extern void DefinitionCheckDeletes(const SourceDefinition *def, const Pipeline *p, const char *hint);

#endif
