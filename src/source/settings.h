/*
 * settings.h
 *	  Settings of this folder.
 */
#ifndef ELT_SOURCE_SETTINGS_H
#define ELT_SOURCE_SETTINGS_H

extern int	RetryBase;			/* elt.retry_base, ms */
extern int	MaxRetryWait;		/* elt.max_retry_wait, ms */
extern int	PageMemory;			/* elt.page_memory, kB */
extern int	RecordMemory;		/* elt.record_memory, kB */

extern void SourceInit(void);	/* from _PG_init */

#endif
