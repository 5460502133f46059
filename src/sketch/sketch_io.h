/*
 * sketch_io.h
 *	  Sketches as values of SQL: bytes that are written in hexadecimal digits.
 */
#ifndef ELT_SKETCH_SKETCH_IO_H
#define ELT_SKETCH_SKETCH_IO_H

#include "postgres.h"
#include "fmgr.h"
#include "lib/stringinfo.h"

/* What is wrong with bytes that are to be a sketch, or NULL. */
typedef const char *(*SketchFault) (const unsigned char *bytes, size_t len);

/* The input functions of a type, which differ by its name and by what is a fault; types share the others. */
extern Datum SketchIn(FunctionCallInfo fcinfo, const char *type, SketchFault fault);
extern Datum SketchRecv(FunctionCallInfo fcinfo, const char *type, SketchFault fault);

/* The bytes of argument n. */
extern const unsigned char *SketchArgument(FunctionCallInfo fcinfo, int n, size_t *len);

/* The memory of a state between the rows of an aggregate; anywhere else an error. */
extern MemoryContext AggregateMemory(FunctionCallInfo fcinfo);

#endif
