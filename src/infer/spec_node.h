/*
 * spec_node.h
 *	  A description of an API as a tree of values.
 */
#ifndef ELT_INFER_SPEC_NODE_H
#define ELT_INFER_SPEC_NODE_H

#include "postgres.h"

typedef enum SpecKind
{
	SPEC_OBJECT,
	SPEC_ARRAY,
	SPEC_TEXT,					/* a string or number */
	SPEC_TRUE,
	SPEC_OTHER					/* false and null */
} SpecKind;

typedef struct SpecNode
{
	SpecKind	kind;
	char	   *name;			/* as a member; NULL */
	char	   *text;			/* of SPEC_TEXT */
	struct SpecNode *first;		/* member or element */
	struct SpecNode *next;		/* of the same parent */
} SpecNode;

/* Objects and lists within each other. */
#define SPEC_MAX_DEPTH 200

/* NULL where there is none, or node is NULL or no object. */
extern SpecNode *SpecMember(const SpecNode *node, const char *name);
extern const char *SpecText(const SpecNode *node, const char *name);
extern bool SpecIsTrue(const SpecNode *node, const char *name);

#endif
