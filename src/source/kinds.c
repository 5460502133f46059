/*
 * kinds.c
 *	  Registration of the kinds of source.
 */
#include "base/compat.h"
#include "source/kinds.h"

#define ADDRESS(kind) &kind,

static const SourceKind *const kinds[] = {EACH_KIND(ADDRESS)};

const SourceKind *
KindOfWrapper(const char *wrapper)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (kinds[i]->wrapper != NULL && strcmp(kinds[i]->wrapper, wrapper) == 0)
			return kinds[i];
	return NULL;
}

const SourceKind *
KindOfOthers(void)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (kinds[i]->wrapper == NULL)
			return kinds[i];
	return NULL;
}

void
KindsInit(void)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (kinds[i]->init != NULL)
			kinds[i]->init();
}
