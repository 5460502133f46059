/*
 * errors.h
 *	  Error codes of pg_elt, and the guards of SQL-callable functions.
 *
 * Class EL belongs to pg_elt. Scripts may rely on these codes: their meaning never changes.
 */
#ifndef ELT_BASE_ERRORS_H
#define ELT_BASE_ERRORS_H

#include "postgres.h"
#include "base/compat.h"
#include "fmgr.h"

#define ERRCODE_ELT_PIPELINE_BUSY	MAKE_SQLSTATE('E', 'L', '0', '0', '1')
#define ERRCODE_ELT_NOTHING_STAGED	MAKE_SQLSTATE('E', 'L', '0', '0', '2')
#define ERRCODE_ELT_SLICE_FAILED	MAKE_SQLSTATE('E', 'L', '0', '0', '3')
#define ERRCODE_ELT_CHECK_FAILED	MAKE_SQLSTATE('E', 'L', '0', '0', '4')
#define ERRCODE_ELT_BAD_PAGE		MAKE_SQLSTATE('E', 'L', '0', '0', '5')
#define ERRCODE_ELT_HTTP			MAKE_SQLSTATE('E', 'L', '0', '0', '6')
#define ERRCODE_ELT_NOT_PRELOADED	MAKE_SQLSTATE('E', 'L', '0', '0', '7')
#define ERRCODE_ELT_TOO_MANY_PARTITIONS MAKE_SQLSTATE('E', 'L', '0', '0', '8')
#define ERRCODE_ELT_RUN_FAILED		MAKE_SQLSTATE('E', 'L', '0', '0', '9')
#define ERRCODE_ELT_WAIT_TIMEOUT	MAKE_SQLSTATE('E', 'L', '0', '1', '0')
#define ERRCODE_ELT_FILE			MAKE_SQLSTATE('E', 'L', '0', '1', '1')
#define ERRCODE_ELT_TOO_MANY_REJECTED MAKE_SQLSTATE('E', 'L', '0', '1', '2')
#define ERRCODE_ELT_MISSING_FIELD	MAKE_SQLSTATE('E', 'L', '0', '1', '3')
#define ERRCODE_ELT_RUNTIME_EXCEEDED MAKE_SQLSTATE('E', 'L', '0', '1', '4')
#define ERRCODE_ELT_NEW_FIELD		MAKE_SQLSTATE('E', 'L', '0', '1', '5')

/* The SQLSTATE of a code as five characters, for a column or a message. */
#define SqlStateText(code) unpack_sql_state(code)

/* Check for null arguments, because procedures cannot be STRICT. */
#define RequireArg(fcinfo, n, name) \
	do { \
		if (CallArgument(fcinfo, n)->isnull) \
			ereport(ERROR, \
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), \
					 errmsg("%s must not be null", name))); \
	} while (0)

#endif
