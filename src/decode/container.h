/*
 * container.h
 *	  Objects and arrays of JSON as texts of arrays, composite values and ranges.
 */
#ifndef ELT_DECODE_CONTAINER_H
#define ELT_DECODE_CONTAINER_H

#include "postgres.h"
#include "lib/stringinfo.h"

/* What values of a type are made of. */
typedef struct Container Container;

/* NULL: they have no parts. */
extern Container *ContainerOf(Oid type);

/* Parts that are JSON are said by strings with their text, which may be no JSON. */
extern void ContainerTakeTexts(Container *container);

/* Are they made of an object of JSON, or of an array? */
extern bool ContainerTakes(const Container *container, bool object);

/*
 * The text from which the type's input function makes what the JSON says. Raises an error when the
 * JSON has another shape.
 */
extern char *ContainerLiteral(const Container *container, const char *json);

/* A part of such a text, which is not null. */
extern void AppendQuotedPart(StringInfo text, const char *part);

#endif
