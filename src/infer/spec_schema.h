/*
 * spec_schema.h
 *	  The shape that a schema of an API description promises.
 */
#ifndef ELT_INFER_SPEC_SCHEMA_H
#define ELT_INFER_SPEC_SCHEMA_H

#include "postgres.h"
#include "infer/sample_shape.h"
#include "infer/spec_node.h"

/* What a reference leads to within the document; NULL: nowhere. A node without one is itself. */
extern const SpecNode *SpecResolve(const SpecNode *document, const SpecNode *node);

/*
 * The shape of values of a schema, as if one had been seen. What cannot be told, such as a schema
 * that is missing or refers to itself, is a value of several kinds.
 */
extern ShapeNode *SpecShape(const SpecNode *document, const SpecNode *schema);

#endif
