/*
 * logical_source.h
 *	  Replication from PostgreSQL: what server, user mapping and foreign table say of it.
 */
#ifndef ELT_SOURCE_LOGICAL_LOGICAL_SOURCE_H
#define ELT_SOURCE_LOGICAL_LOGICAL_SOURCE_H

#include "postgres.h"
#include "foreign/foreign.h"
#include "source/definition.h"

/* What a column of the foreign table takes. */
typedef enum ChangeRole
{
	CHANGE_VALUE,				/* the value of a column of the table */
	CHANGE_OP,					/* read, insert, update or delete */
	CHANGE_LSN,					/* of the commit */
	CHANGE_POSITION,			/* number of the change within its transaction, from 1 */
	CHANGE_COMMITTED_AT,
	CHANGE_XID
} ChangeRole;

typedef struct ChangeColumn
{
	AttrNumber	attnum;
	ChangeRole	role;
	const char *name;			/* of a value: that of the table's column */
	List	   *names;			/* char *, the same and others: the first one that is there */
	bool		is_key;			/* of the pipeline */
	bool		optional;		/* the table may lack it */
} ChangeColumn;

typedef struct LogicalSource
{
	/* of the server */
	List	   *options;		/* DefElem *, of libpq */
	bool		allow_private;
	bool		by_sql;			/* without the protocol of replication */
	int			connect_timeout;	/* milliseconds */
	int			load_connections;	/* that read a table before its changes */
	int64		max_lag;		/* bytes of WAL that the slot may hold without a warning; 0: any */

	/* of the user mapping, for connections */
	char	   *user;			/* NULL: there is none */
	char	   *password;		/* or NULL */
	bool		needs_password; /* the role may not use another way to log in */

	/* of the table */
	char	   *schema;
	char	   *table;
	char	   *publication;
	char	   *slot;
	OnTruncate	on_truncate;	/* what becomes of a TRUNCATE of the table */
	bool		snapshot;		/* what is there before the slot lands too */
	int			nchanges;
	ChangeColumn *changes;

	/* of the pipeline; NULL without one */
	char	   *pipeline;
	Oid			owner;
	List	   *key;
	char	   *staging;		/* qualified and quoted */
	char	   *target;			/* the same; NULL: it does not have the rows by their key */
	char	   *is_present;		/* condition for rows of the target that are not deleted */
	bool		keeps_history;	/* of each row, there */
	bool		keeps_log;		/* of all changes */
	const char *on_missing;		/* option on_missing_field */
	int64		batch_rows;
	int64		batch_bytes;
	int			batch_seconds;
} LogicalSource;

#define MAX_LOAD_CONNECTIONS 16

#define REACH_DETAIL "The option allows connections to private and loopback addresses."

extern const struct Feed LogicalFeed;

/* The server's options into a definition, and the user mapping of role for its connections. */
extern void LogicalReadServer(SourceDefinition *def, const ForeignServer *server);
extern void LogicalAuthenticate(SourceDefinition *def, Oid role);

/* "public.orders" of the source's table, for messages. */
extern char *SourceTable(const LogicalSource *source);

/* Does a column take the value of the table's column of this name? */
extern bool SourceReads(const LogicalSource *source, const char *column);

/* Names of the columns that take changes (numbers of them), quoted, for a statement. */
extern char *ChangeColumnNames(const SourceDefinition *def, List *changes);

/* Does option lineage of a column have this value? */
extern bool IsChangeRole(const char *lineage);

/* Options of libpq that a server may have; NULL ends them. */
extern const char *const LibpqServerOptions[];

#endif
