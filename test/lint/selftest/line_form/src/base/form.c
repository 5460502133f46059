#include "postgres.h"

/*
 * a comment is no indentation
 */
int
Form(void)
{
    int			spaces;
	int			trailing; 
	char	   *wide = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890";

	return 0;
}
