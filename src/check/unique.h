/*
 * unique.h
 *	  UNIQUE (a, b): a row whose values an earlier row of the batch has breaks it.
 */
#ifndef ELT_CHECK_UNIQUE_H
#define ELT_CHECK_UNIQUE_H

#include "postgres.h"
#include "catalog/pipeline.h"

typedef struct UniqueCheck
{
	List	   *columns;		/* char * */
	bool		nulls_equal;	/* UNIQUE NULLS NOT DISTINCT */
} UniqueCheck;

/* NULL when the text does not begin as one; an error when it does and is none. */
extern UniqueCheck *UniqueCheckParse(const char *text);

/* Error unless it can be evaluated over the source's columns. */
extern void UniqueCheckVerify(const UniqueCheck *unique, Oid source);

/* A query for the ctid of the rows of a staging table that break it. */
extern char *UniqueCheckSql(const UniqueCheck *unique, const char *staging);

#endif
