/*
 * kinds.h
 *	  The kinds of source that there are.
 */
#ifndef ELT_SOURCE_KINDS_H
#define ELT_SOURCE_KINDS_H

#include "source/kind.h"

/* The kind whose foreign-data wrapper has this name; NULL: it is none of ours. */
extern const SourceKind *KindOfWrapper(const char *wrapper);

/* The kind of relations that no wrapper of ours serves. */
extern const SourceKind *KindOfOthers(void);

/* Define the settings of all kinds. */
extern void KindsInit(void);

#endif
