/*
 * settings.h
 *	  Settings of this folder.
 */
#ifndef ELT_SOURCE_SETTINGS_H
#define ELT_SOURCE_SETTINGS_H

#include "source/retry.h"

extern int	RetryBase;			/* elt.retry_base, ms */
extern int	MaxRetryWait;		/* elt.max_retry_wait, ms */
extern int	PageMemory;			/* elt.page_memory, kB */
extern int	RecordMemory;		/* elt.record_memory, kB */

/* How often and how long requests are tried that may be tried so often. */
extern RetryPolicy RequestRetryPolicy(int max_attempts);

extern void SourceInit(void);	/* from _PG_init */

#endif
