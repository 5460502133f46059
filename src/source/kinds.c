/*
 * kinds.c
 *	  Registration of the kinds of source: a line for each.
 */
#include "base/compat.h"
#include "source/kinds.h"

#include "source/file/file_source.h"
#include "source/http/http_source.h"

static const SourceKind *const kinds[] = {
	&HttpKind,
	&FileKind,
};

const SourceKind *
KindOfWrapper(const char *wrapper)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (strcmp(kinds[i]->wrapper, wrapper) == 0)
			return kinds[i];
	return NULL;
}
