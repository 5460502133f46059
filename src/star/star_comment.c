/*
 * star_comment.c
 *	  Comments on what pg_elt creates of a star.
 */
#include "base/compat.h"
#include "star/star_comment.h"

#include "base/sql.h"
#include "utils/builtins.h"

void
StarComment(const char *object, const char *comment, Oid role)
{
	const char *text = comment != NULL ? quote_literal_cstr(comment) : "NULL";

	(void) SqlExec(psprintf("COMMENT ON %s IS %s", object, text), role);
}

void
StarCommentOnColumn(const char *view, const char *column, const char *comment, Oid role)
{
	StarComment(psprintf("COLUMN %s.%s", view, quote_identifier(column)), comment, role);
}
