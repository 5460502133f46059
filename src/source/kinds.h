/*
 * kinds.h
 *	  The kinds of source that there are.
 */
#ifndef ELT_SOURCE_KINDS_H
#define ELT_SOURCE_KINDS_H

#include "source/kind.h"

/* A line for each kind, with the struct that its folder fills in. */
#define EACH_KIND(do_with) \
	do_with(HttpKind) \
	do_with(FileKind) \
	do_with(RelationKind) \
	do_with(LogicalKind) \
								/* end of list */

#define DECLARE_KIND(kind) extern const SourceKind kind;

EACH_KIND(DECLARE_KIND)

/* The kind whose foreign-data wrapper has this name; NULL: it is none of ours. */
extern const SourceKind *KindOfWrapper(const char *wrapper);

/* The kind of relations that no wrapper of ours serves. */
extern const SourceKind *KindOfOthers(void);

/* Define the settings of all kinds. */
extern void KindsInit(void);

#endif
