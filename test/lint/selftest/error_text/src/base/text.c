#include "postgres.h"

void
Text(void)
{
	ereport(ERROR, (errcode(1), errmsg("Bad capital")));
	ereport(ERROR, (errcode(1), errmsg("bad period.")));
	ereport(ERROR, (errcode(1), errmsg("bad " "newline\n")));
	ereport(ERROR, (errcode(1), errmsg("JSON is good"), errdetail("A sentence.")));
	ereport(ERROR, (errcode(1), errmsg("good"), errdetail("no end")));
	ereport(ERROR, (errcode(1), errmsg("good"), errhint("Is it " "good?")));
}
