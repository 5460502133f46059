/*
 * postgres.h
 *	  As much of the server as the Parquet reader needs, with memory that is watched: each allocation is one of
 *	  malloc, all end with their context, and none is larger than MOST_MEMORY.
 */
#ifndef POSTGRES_H
#define POSTGRES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int8_t int8;
typedef uint8_t uint8;
typedef int16_t int16;
typedef int32_t int32;
typedef uint32_t uint32;
typedef int64_t int64;
typedef uint64_t uint64;

#define INT64_FORMAT "%ld"
#define PG_INT32_MAX INT32_MAX
#define UINT64CONST(x) UINT64_C(x)
#define lengthof(array) (sizeof(array) / sizeof((array)[0]))
#define likely(x) __builtin_expect((x) != 0, 1)
#define unlikely(x) __builtin_expect((x) != 0, 0)
#define Max(x, y) ((x) > (y) ? (x) : (y))
#define Min(x, y) ((x) < (y) ? (x) : (y))
#define Assert(condition) ((condition) ? (void) 0 : abort())
#define pg_attribute_printf(f, a) __attribute__((format(printf, f, a)))
#define pg_attribute_noreturn() __attribute__((noreturn))

typedef struct WatchedContext *MemoryContext;

extern MemoryContext CurrentMemoryContext;
extern void *palloc(size_t size);
extern void *palloc0(size_t size);
extern void pfree(void *p);
extern MemoryContext MemoryContextSwitchTo(MemoryContext cxt);
extern MemoryContext WatchedContextCreate(void);
extern void MemoryContextReset(MemoryContext cxt);

#define AllocSetContextCreate(parent, name, sizes) WatchedContextCreate()

#endif
