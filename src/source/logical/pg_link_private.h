/*
 * pg_link_private.h
 *	  What the files of a connection share.
 */
#ifndef ELT_SOURCE_LOGICAL_PG_LINK_PRIVATE_H
#define ELT_SOURCE_LOGICAL_PG_LINK_PRIVATE_H

#include "postgres.h"
#include "portability/instr_time.h"
#include "source/logical/pg_link.h"

struct PgLink
{
	const SourceDefinition *def;
	PGconn	   *conn;
	PGresult   *result;			/* of the last command */
	char	   *message;		/* of COPY, the last one */
	char	   *error;			/* why it failed */
	char	   *detail;
	char		state[6];
};

/* Wait for these events of the socket; false when none has come within that time. */
extern bool PgLinkWaitFor(PgLink *link, int events, long milliseconds);
extern int64 PgLinkSince(instr_time then);	/* milliseconds */
/* A message of libpq without its last line break. */
extern char *PgLinkTrimmed(const char *text);
extern void PgLinkLost(PgLink *link) pg_attribute_noreturn();
/* Release what is not in the memory context; arg is the link. */
extern void PgLinkFinish(void *arg);

#endif
