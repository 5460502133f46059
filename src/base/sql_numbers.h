/*
 * sql_numbers.h
 *	  Results of a statement that are whole numbers or times, as arrays: a million of them take
 *	  a few bytes each.
 */
#ifndef ELT_BASE_SQL_NUMBERS_H
#define ELT_BASE_SQL_NUMBERS_H

#include "postgres.h"
#include "base/sql.h"

#define SQL_NUMBERS_MAX 2

typedef struct SqlNumbers
{
	int64		count;			/* of rows */
	int64	   *columns[SQL_NUMBERS_MAX];
} SqlNumbers;

/* Run as role; its columns, at most SQL_NUMBERS_MAX, are bigint or timestamptz and never null. */
extern SqlNumbers SqlRunNumbers(Sql *q, Oid role);
extern void SqlNumbersFree(SqlNumbers *numbers);

/* An array of bigint. */
extern void SqlAddInt8Array(Sql *q, const int64 *values, int n);

#endif
