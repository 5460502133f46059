/*
 * row_fault.c
 *	  Which errors a value brings about, so that only its row is rejected.
 */
#include "postgres.h"

#include "base/row_fault.h"

bool
IsRowFault(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_DATA_EXCEPTION:
		case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
		case ERRCODE_CARDINALITY_VIOLATION:
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:	/* too large, or nested too deeply */
			return true;
		default:
			/* of tsquery, lquery and others that read a language */
			return sqlstate == ERRCODE_SYNTAX_ERROR;
	}
}
