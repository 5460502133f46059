/*
 * spec_node.c
 *	  Look into a description of an API.
 */
#include "postgres.h"
#include "infer/spec_node.h"

SpecNode *
SpecMember(const SpecNode *node, const char *name)
{
	if (node == NULL || node->kind != SPEC_OBJECT)
		return NULL;
	for (SpecNode *member = node->first; member != NULL; member = member->next)
		if (strcmp(member->name, name) == 0)
			return member;
	return NULL;
}

const char *
SpecText(const SpecNode *node, const char *name)
{
	const SpecNode *member = SpecMember(node, name);

	return member != NULL && member->kind == SPEC_TEXT ? member->text : NULL;
}

bool
SpecIsTrue(const SpecNode *node, const char *name)
{
	const SpecNode *member = SpecMember(node, name);

	return member != NULL && member->kind == SPEC_TRUE;
}
