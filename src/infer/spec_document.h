/*
 * spec_document.h
 *	  Read a description of an API in the format that it has, JSON or YAML.
 */
#ifndef ELT_INFER_SPEC_DOCUMENT_H
#define ELT_INFER_SPEC_DOCUMENT_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "infer/spec_node.h"

/* In the current memory context. */
extern SpecNode *SpecDocumentRead(ByteSource *source);

#endif
