/*
 * unique.h
 *	  UNIQUE (a, b): violated by a row whose values occur in an earlier row of the batch.
 */
#ifndef ELT_CHECK_UNIQUE_H
#define ELT_CHECK_UNIQUE_H

#include "postgres.h"
#include "catalog/pipeline.h"

typedef struct UniqueCheck
{
	List	   *columns;		/* char * */
	bool		nulls_equal;	/* UNIQUE NULLS NOT DISTINCT */
	bool		null_fails;		/* UNIQUE (a, b) NOT NULL */
} UniqueCheck;

/* NULL when the text does not begin with UNIQUE; raises an error when the rest is invalid. */
extern UniqueCheck *UniqueCheckParse(const char *text);

/* Raise an error unless it can be evaluated over the source's columns. */
extern void UniqueCheckVerify(const UniqueCheck *unique, Oid source);

/* A query for the ctid of the rows of a staging table that break it. */
extern char *UniqueCheckSql(const UniqueCheck *unique, const char *staging);

/* With null_fails: a condition for rows that break it by a null. */
extern char *UniqueCheckNull(const UniqueCheck *unique);

/* A condition for the rows that are compared. */
extern char *UniqueCheckNotNull(const UniqueCheck *unique);

#endif
