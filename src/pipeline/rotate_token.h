/*
 * rotate_token.h
 *	  Spend a token for a pull, and commit its successor.
 */
#ifndef ELT_PIPELINE_ROTATE_TOKEN_H
#define ELT_PIPELINE_ROTATE_TOKEN_H

#include "pipeline/execution.h"

/*
 * The pull at hand wants a token; afterwards it has one, or knows why not.
 * Commits. Returns the error that ends the run, such as a cancel, or NULL.
 */
extern ErrorData *RotateToken(Execution *e);

#endif
