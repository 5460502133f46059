/*
 * compile.h
 *	  Checks in native form, for the rows that are about to be loaded.
 */
#ifndef ELT_CHECK_COMPILE_H
#define ELT_CHECK_COMPILE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "load/native_checks.h"

/* Those of a pipeline's checks that have one; NULL when none has. */
extern NativeChecks *ChecksCompile(const Pipeline *p);
/* Record with the staged batch what they found out: no row is checked any more. */
extern void ChecksStage(const Pipeline *p, const NativeChecks *checks);

extern bool CheckIsNative(const Pipeline *p, const char *expression);

#endif
