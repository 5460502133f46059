/*
 * type_parallel.h
 *	  Types whose values a parallel worker can read.
 */
#ifndef ELT_BASE_TYPE_PARALLEL_H
#define ELT_BASE_TYPE_PARALLEL_H

#include "postgres.h"

/* Does nothing that reading its text runs forbid it? */
extern bool TypeIsParallelSafe(Oid type);

#endif
