/*
 * definition_checks.h
 *	  What the validator cannot see: table, columns and server against each other.
 */
#ifndef ELT_SOURCE_DEFINITION_CHECKS_H
#define ELT_SOURCE_DEFINITION_CHECKS_H

#include "postgres.h"
#include "source/definition.h"

/* Error when the parts contradict each other; fills in params and the window's column. */
extern void DefinitionCheck(SourceDefinition *def);

/*
 * Error unless the server's owner may have what its options say, today: the validator has seen
 * who wrote them, and a server changes hands, a role its memberships.
 */
extern void ServerRightsCheck(const SourceDefinition *def);

/* The column of that name, which an option gives; error when there is none. */
extern const SourceColumn *DefinitionColumn(const SourceDefinition *def, const char *option,
											const char *name);

/* window_start, window_end, window_last */
extern bool IsWindowName(const char *name);

#endif
