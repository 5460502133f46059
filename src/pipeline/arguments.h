/*
 * arguments.h
 *	  Arguments of SQL functions as C values; NULL and its default in one place.
 */
#ifndef ELT_PIPELINE_ARGUMENTS_H
#define ELT_PIPELINE_ARGUMENTS_H

#include "postgres.h"
#include "base/sql.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/timestamp.h"

/* palloc'd; what otherwise is when the argument is NULL. */
extern char *TextArg(FunctionCallInfo fcinfo, int n, const char *otherwise);
extern Interval *IntervalArg(FunctionCallInfo fcinfo, int n, const Interval *otherwise);
extern int32 Int4Arg(FunctionCallInfo fcinfo, int n, int32 otherwise);
extern int64 Int8Arg(FunctionCallInfo fcinfo, int n, int64 otherwise);
extern double DoubleArg(FunctionCallInfo fcinfo, int n, double otherwise);
/* JSON text; {} when NULL. */
extern char *JsonArg(FunctionCallInfo fcinfo, int n);
/* char * of names; NIL when NULL; a null in it is an error. */
extern List *NamesArg(FunctionCallInfo fcinfo, int n);

/* Hand an argument on to a statement as it is. */
extern void AddArg(Sql *q, FunctionCallInfo fcinfo, int n, Oid type);

/* Error when it is given and negative. */
extern void CheckNotNegative(const Interval *interval, const char *name);
/* Error when it is given and an infinite timestamptz: windows have a first one and a last one. */
extern void CheckFinite(FunctionCallInfo fcinfo, int n, const char *name);
/* Error unless it is at least 1. */
extern void CheckPositive(int64 value, const char *name);
/* Error unless it is "warn", "hold" or "ignore". */
extern void CheckOnMissingField(const char *value);
/* Error unless it is from 0 to 100. */
extern void CheckPercent(double value, const char *name);

#endif
