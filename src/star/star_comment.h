/*
 * star_comment.h
 *	  Comments on what pg_elt creates of a star.
 */
#ifndef ELT_STAR_STAR_COMMENT_H
#define ELT_STAR_STAR_COMMENT_H

#include "postgres.h"

/* COMMENT ON object, such as "VIEW a.b", as role; NULL: it has none. */
extern void StarComment(const char *object, const char *comment, Oid role);
/* The view is quoted, the column is not. */
extern void StarCommentOnColumn(const char *view, const char *column, const char *comment, Oid role);

#endif
