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

/* window_start, window_end, window_last */
extern bool IsWindowName(const char *name);

#endif
