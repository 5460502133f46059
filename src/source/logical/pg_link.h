/*
 * pg_link.h
 *	  A connection to the server that is replicated: libpq without a call that blocks.
 *
 * It lives in the current memory context and ends with it. Every wait can be cancelled.
 */
#ifndef ELT_SOURCE_LOGICAL_PG_LINK_H
#define ELT_SOURCE_LOGICAL_PG_LINK_H

#include "postgres.h"
#include "libpq-fe.h"
#include "source/logical/logical_source.h"

typedef struct PgLink PgLink;

/* Connect; replication: for commands of the replication protocol, beside simple queries. */
extern PgLink *PgLinkOpen(const SourceDefinition *def, bool replication);
extern void PgLinkClose(PgLink *link);

/* Run a command; its result is valid until the next one. Raises an error when it fails. */
extern PGresult *PgLinkRun(PgLink *link, const char *command);
/* The same; NULL when it fails with an error of the server, for PgLinkReport. */
extern PGresult *PgLinkTry(PgLink *link, const char *command);
/* SQLSTATE of that error. */
extern const char *PgLinkState(const PgLink *link);
/* Raise that error; hint may be NULL. */
extern void PgLinkReport(PgLink *link, const char *what, const char *hint) pg_attribute_noreturn();

/* A value of the result; NULL: null. */
extern const char *PgLinkValue(const PGresult *result, int row, int column);
/* Is a boolean of the result true? */
extern bool PgLinkIsTrue(const PGresult *result, int row, int column);

/* A literal, and a name, of the server's SQL. */
extern char *PgLinkLiteral(PgLink *link, const char *text);
extern char *PgLinkName(PgLink *link, const char *name);

/* The next message of COPY that has come, valid until the next call; NULL: none yet, or *ended. */
extern const char *PgLinkMessage(PgLink *link, int *len, bool *ended);
/* Send one. */
extern void PgLinkSend(PgLink *link, const char *data, int len);
/* Wait until more may have come, or as long; false when nothing has. */
extern bool PgLinkWait(PgLink *link, long milliseconds);
/* Wait until more may have come of one of several. */
extern void PgLinksWait(PgLink *const *links, int count, long milliseconds);
/* The connection has ended COPY: raise the error, if there is one. */
extern void PgLinkEndCopy(PgLink *link);

extern int	PgLinkVersion(const PgLink *link);

#endif
