/*
 * rotate_token.h
 *	  Exchange a refresh token for a pull, and commit the new one.
 */
#ifndef ELT_PIPELINE_ROTATE_TOKEN_H
#define ELT_PIPELINE_ROTATE_TOKEN_H

#include "pipeline/execution.h"

/*
 * Get a token for the current pull, or the reason why there is none. Commits. Returns the error
 * that ends the run, such as a cancel, or NULL.
 */
extern ErrorData *RotateToken(Execution *e);

#endif
