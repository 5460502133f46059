/*
 * compile.h
 *	  Compile checks to native conditions for the rows to be loaded.
 */
#ifndef ELT_CHECK_COMPILE_H
#define ELT_CHECK_COMPILE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "load/native_checks.h"

/* The checks of a pipeline that have a native form; NULL when there are none. */
extern NativeChecks *ChecksCompile(const Pipeline *p);
/* Record their results with the staged batch; no more rows are checked. */
extern void ChecksStage(const Pipeline *p, const NativeChecks *checks);

extern bool CheckIsNative(const Pipeline *p, const char *expression);

#endif
