#include "postgres.h"

void
Level(int elevel)
{
	ereport(elevel, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("good")));
	ereport(ERRCODE_INTERNAL_ERROR, (errmsg("bad")));
	ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("a ) in a text")));
	elog("bad");
}
