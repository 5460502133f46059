#include "postgres.h"

void
Code(int level)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("good")));
	ereport(ERROR,
			(errmsg("bad: errcode(x) only in a text that says so"),
			 errdetail("More.")));
	ereport(level, (errmsg("bad")));
	ereport(NOTICE, (errmsg("good")));
	/* ereport(ERROR, (errmsg("a comment"))); */
}
