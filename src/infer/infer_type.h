/*
 * infer_type.h
 *	  The narrowest type that holds all values of a field of the sample.
 */
#ifndef ELT_INFER_INFER_TYPE_H
#define ELT_INFER_INFER_TYPE_H

#include "postgres.h"
#include "infer/sample_shape.h"
#include "nodes/pg_list.h"

typedef struct InferredType
{
	const char *type;
	List	   *options;		/* char *, as a column definition has them: format 'unix' */
	char	   *doubt;			/* NULL: none */
} InferredType;

/* column is the name that its column will have. */
extern InferredType InferType(const ShapeNode *node, const char *column);

#endif
