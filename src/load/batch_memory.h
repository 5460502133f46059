/*
 * batch_memory.h
 *	  How much memory the facts of a batch's rows may take.
 */
#ifndef ELT_LOAD_BATCH_MEMORY_H
#define ELT_LOAD_BATCH_MEMORY_H

#include "postgres.h"

extern void BatchMemoryInit(void);
/* In bytes. */
extern Size BatchMemory(void);

#endif
