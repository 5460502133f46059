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
	ereport(ERROR, (errcode(1), errmsg("good"), errhint("no capital.")));
	ereport(ERROR, (errcode(1), errmsg("good"), errdetail_plural("%d row.", "%d rows.", 1, 1)));
	ereport(ERROR, (errcode(1), errmsg("good"), errhint(INT64_FORMAT " rows " "of \"%s\"", 1, "a")));
	ereport(ERROR, (errcode(1), errmsg("OAuth is good"), errdetail("\"%s\" is %s", "a", "b")));
}
