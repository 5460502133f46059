/*
 * settings.h
 *	  Settings of this folder.
 */
#ifndef ELT_SOURCE_SETTINGS_H
#define ELT_SOURCE_SETTINGS_H

extern int	PageMemory;			/* elt.page_memory, kB */
extern int	RecordMemory;		/* elt.record_memory, kB */

/* Define them and those of the kinds; from _PG_init. */
extern void SourceInit(void);

#endif
