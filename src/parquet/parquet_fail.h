/*
 * parquet_fail.h
 *	  Errors of files that are no Parquet, or that use what is not supported.
 */
#ifndef ELT_PARQUET_PARQUET_FAIL_H
#define ELT_PARQUET_PARQUET_FAIL_H

#include "postgres.h"
#include "base/compat.h"

/* The file is damaged: what is wrong with it. */
extern void ParquetFail(const char *format,...) pg_attribute_printf(1, 2) __attribute__((noreturn));
/* The file may be valid, but uses a feature by this name. */
extern void ParquetRefuse(const char *format,...) pg_attribute_printf(1, 2) __attribute__((noreturn));
/* A part of the file by this name needs more memory than the limit. */
extern void ParquetFailMemory(const char *part, int64 bytes, size_t limit) __attribute__((noreturn));
/* The file is no Parquet, but an archive of form tar. */
extern void ParquetFailTar(void) __attribute__((noreturn));

#endif
