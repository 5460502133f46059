/*
 * check_name.h
 *	  Names of checks, which are unique within a pipeline.
 */
#ifndef ELT_CHECK_CHECK_NAME_H
#define ELT_CHECK_CHECK_NAME_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Raise an error when it is no valid name, or that of a check of the pipeline. */
extern void CheckNameIsNew(const Pipeline *p, const char *name);
extern void CheckNameReportIsThere(const Pipeline *p, const char *name) pg_attribute_noreturn();
extern void CheckNameIsValid(const char *name);

#endif
