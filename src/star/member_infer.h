/*
 * member_infer.h
 *	  Members that facts name and their dimension does not have yet.
 */
#ifndef ELT_STAR_MEMBER_INFER_H
#define ELT_STAR_MEMBER_INFER_H

#include "postgres.h"
#include "star/dimension.h"

/*
 * Add those that rows name and the dimension lacks. rows is what follows FROM, and of source; names
 * (char *) are its columns for the natural key. Returns how many were added.
 */
extern int64 MembersInfer(const Dimension *d, const char *rows, Oid source, List *names);

#endif
