/*
 * spec_yaml.h
 *	  Read a description of an API that is written in YAML.
 */
#ifndef ELT_INFER_SPEC_YAML_H
#define ELT_INFER_SPEC_YAML_H

#include "postgres.h"
#include "infer/spec_node.h"

/* In the current memory context. Aliases share what they refer to. */
extern SpecNode *SpecReadYaml(const char *text, size_t len);

#endif
