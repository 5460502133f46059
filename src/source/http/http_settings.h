/*
 * http_settings.h
 *	  Settings of HTTP requests.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_SETTINGS_H
#define ELT_SOURCE_HTTP_HTTP_SETTINGS_H

#include "source/http/retry.h"

extern int	RetryBase;			/* elt.retry_base, ms */
extern int	MaxRetryWait;		/* elt.max_retry_wait, ms */

/* How often and how long requests are tried that may be tried so often. */
extern RetryPolicy RequestRetryPolicy(int max_attempts);

extern void HttpInit(void);

#endif
