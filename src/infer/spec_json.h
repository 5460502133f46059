/*
 * spec_json.h
 *	  Read a description of an API that is written in JSON.
 */
#ifndef ELT_INFER_SPEC_JSON_H
#define ELT_INFER_SPEC_JSON_H

#include "postgres.h"
#include "infer/spec_node.h"

/* In the current memory context. Raises an error when the text is not JSON. */
extern SpecNode *SpecReadJson(const char *text, size_t len);

#endif
