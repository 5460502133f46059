/*
 * postgres.h
 *	  As much of the server as the readers of src/decode need, for programs without a server.
 */
#ifndef POSTGRES_H
#define POSTGRES_H

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef int64_t int64;
typedef uint32_t uint32;
typedef uint64_t uint64;
typedef void *MemoryContext;

#define pg_attribute_always_inline __attribute__((always_inline)) inline
#define pg_noinline __attribute__((noinline))
#define likely(x) __builtin_expect((x) != 0, 1)
#define unlikely(x) __builtin_expect((x) != 0, 0)
#define CurrentMemoryContext NULL
#define Max(x, y) ((x) > (y) ? (x) : (y))
#define Min(x, y) ((x) < (y) ? (x) : (y))
#define UINT64CONST(x) UINT64_C(x)
#define PG_INT32_MAX INT32_MAX
#define unconstify(type, expr) ((type) (expr))

static inline void *
palloc(size_t size)
{
	void	   *p = malloc(size > 0 ? size : 1);

	if (p == NULL)
		abort();
	return p;
}

static inline void *
palloc0(size_t size)
{
	return memset(palloc(size), 0, size);
}

static inline void *
repalloc(void *p, size_t size)
{
	p = realloc(p, size);
	if (p == NULL)
		abort();
	return p;
}

#define MemoryContextAlloc(cxt, size) ((void) (cxt), palloc(size))
#define MCXT_ALLOC_HUGE 1
#define MCXT_ALLOC_ZERO 4
#define MemoryContextAllocExtended(cxt, size, flags) ((void) (cxt), palloc0(size))
#define repalloc_huge(p, size) repalloc(p, size)
#define MemoryContextAllocHuge(cxt, size) ((void) (cxt), palloc(size))
#define pfree(p) free(p)

static inline size_t
elt_strlcpy(char *out, const char *in, size_t size)
{
	size_t		len = strlen(in);
	size_t		n = len < size ? len : size - 1;

	memcpy(out, in, n);
	out[n] = '\0';
	return len;
}

#define pg_strncasecmp strncasecmp
#define strlcpy elt_strlcpy

#endif
