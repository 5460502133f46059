/*
 * token_rotation.h
 *	  Callbacks of a kind for rotating tokens, which can be used once.
 *
 * The caller uses the members in this order, and commits before read, exchange and use. The new
 * token is a private struct of the kind.
 */
#ifndef ELT_SOURCE_TOKEN_ROTATION_H
#define ELT_SOURCE_TOKEN_ROTATION_H

#include "postgres.h"
#include "source/pulled.h"

typedef struct TokenRotation
{
	/* The user mapping that holds it, which is locked from here to the end. */
	Oid			(*mapping) (const SourceDefinition *def);
	/* Read it again. False when no exchange is needed, or when *problem is set. */
	bool		(*read) (const SourceDefinition *def, PullProblem *problem);
	/* Send the request and wait for the response; uses no catalog. NULL: see problem. log may be NULL. */
	void	   *(*exchange) (const SourceDefinition *def, RequestLog *log, PullProblem *problem);
	/* Was a new token returned that must be stored before use? */
	bool		(*must_store) (const void *grant);
	void		(*store) (const SourceDefinition *def, const void *grant);
	/* Use the new token for requests, after it was stored. */
	void		(*use) (const SourceDefinition *def, const void *grant);
} TokenRotation;

#endif
