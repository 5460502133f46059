/*
 * token_rotation.h
 *	  A token that is spent when it is exchanged for another one: the kind's part of it.
 *
 * Who pulls calls the members in this order, and commits before read, exchange and use. What comes
 * in exchange is a struct of the kind's own.
 */
#ifndef ELT_SOURCE_TOKEN_ROTATION_H
#define ELT_SOURCE_TOKEN_ROTATION_H

#include "postgres.h"
#include "source/pulled.h"

typedef struct TokenRotation
{
	/* The user mapping that holds it, which is locked from here to the end. */
	Oid			(*mapping) (const SourceDefinition *def);
	/* Read it again. False when nothing has to be exchanged: a token is there, or a problem. */
	bool		(*read) (const SourceDefinition *def, PullProblem *problem);
	/* Ask, and wait for the answer; touches no catalogue. NULL: see problem. log may be NULL. */
	void	   *(*exchange) (const SourceDefinition *def, RequestLog *log, PullProblem *problem);
	/* Has a successor come that must be on disk before anything is used? */
	bool		(*must_store) (const void *grant);
	void		(*store) (const SourceDefinition *def, const void *grant);
	/* It is on disk: from now on requests are made with what came. */
	void		(*use) (const SourceDefinition *def, const void *grant);
} TokenRotation;

#endif
