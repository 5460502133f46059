/*
 * native_test.h
 *	  A table's rows as the loader holds them.
 */
#ifndef NATIVE_TEST_H
#define NATIVE_TEST_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "predicate/native.h"

typedef struct Table
{
	Oid			relid;
	char	   *name;
	TupleDesc	desc;
	RowSpan		rows;			/* all of them; conditions take NATIVE_ROWS at most */
} Table;

/* SPI must be connected. */
extern Table *ReadTable(Oid relid);

#endif
