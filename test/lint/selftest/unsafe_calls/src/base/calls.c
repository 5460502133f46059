#include "postgres.h"

/* strcpy(a, b) in a comment */
void
Calls(char *a, char *b)
{
	strcpy(a, b);
	snprintf(a, 1, "sprintf");
	sprintf(a, "%s", b);
	pg_usleep(1000L);
}
