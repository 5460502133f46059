/*
 * relation_source.h
 *	  The kind of source for any relation that can be selected from: tables, views, and foreign
 *	  tables of other wrappers.
 *
 * Its rows are staged by INSERT ... SELECT as the pipeline's owner. What is read, and how, is said
 * by the pipeline, since a relation has no options for it.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_SOURCE_H
#define ELT_SOURCE_RELATION_RELATION_SOURCE_H

#include "postgres.h"
#include "source/definition.h"
#include "source/kind.h"

/* A column that rows are read in the order of. */
typedef struct OrderColumn
{
	AttrNumber	attnum;
	char	   *name;			/* quoted */
	Oid			type;
	int16		typlen;
	bool		typbyval;
	Oid			collation;
	bool		nullable;
	const char *greater;		/* operators, qualified when not built in */
	const char *less;
	const char *not_less;
	const char *not_greater;
	const char *equal;
} OrderColumn;

typedef struct RelationSource
{
	Oid			owner;			/* whose statements read it */
	char	   *pipeline;
	char	   *table;			/* qualified and quoted */
	bool		loads_all;		/* in one statement, with one snapshot */
	int64		batch_rows;
	int32		key_ranges;		/* 0: it is not read by them */
	Interval   *lookback;
	TimestampTz start_at;
	bool		has_start_at;
	int			norder;			/* 0: rows have no order, and are read in one statement */
	OrderColumn *order;			/* the cursor column, if any, then those of the key */
	bool		unique;			/* no two rows have the same place in it */
	bool		is_local;		/* no data is of another server */
	bool		has_local;		/* some is of tables of this database */
	List	   *servers;		/* Oid, of postgres_fdw, that have data of it */
	bool		can_settle;		/* transactions that write it can be seen */
} RelationSource;

/* In relation_feed.c */
extern const struct Feed RelationFeed;

#endif
