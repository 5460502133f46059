/*
 * declare.h
 *	  What the SQL functions that declare checks share.
 */
#ifndef ELT_CHECK_DECLARE_H
#define ELT_CHECK_DECLARE_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Who adds or changes what is evaluated as the pipeline's owner. */
extern void MayAddCheck(const Pipeline *p);
extern void MayAlterCheck(const Pipeline *p);

extern void RequireAction(const char *action);
/* Raise an error unless the conditions, which may be NULL, are valid. */
extern void VerifyConditions(const Pipeline *p, const char *check_name, const char *warn_if,
							 const char *fail_if);
/* The same for those of a batch check, which must have one. */
extern void VerifyBatchConditions(const Pipeline *p, const char *check_name, const char *warn_if,
								  const char *fail_if);
extern void ReportNoCheck(const Pipeline *p, const char *check_name, bool if_exists);

#endif
