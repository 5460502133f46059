/*
 * kinds.h
 *	  The kinds of source that there are.
 */
#ifndef ELT_SOURCE_KINDS_H
#define ELT_SOURCE_KINDS_H

#include "source/kind.h"

/* The kind whose foreign-data wrapper has this name; NULL: it is none of ours. */
extern const SourceKind *KindOfWrapper(const char *wrapper);

/* Their wrappers, for messages: elt_http or elt_file. */
extern char *KindWrappers(void);

#endif
