/*
 * handle.h
 *	  Foreign handles that die with a memory context.
 *
 * A handle that PostgreSQL does not know (curl, a file, malloc'd memory) is released by a
 * callback of the context that owns it, so every exit path frees it without a PG_TRY ladder.
 */
#ifndef ELT_BASE_HANDLE_H
#define ELT_BASE_HANDLE_H

#include "postgres.h"

/* Call release(handle) when cxt is reset or deleted. */
static inline void
ReleaseWithContext(MemoryContext cxt, void (*release) (void *), void *handle)
{
	MemoryContextCallback *callback = (MemoryContextCallback *)
		MemoryContextAlloc(cxt, sizeof(MemoryContextCallback));

	callback->func = release;
	callback->arg = handle;
	MemoryContextRegisterResetCallback(cxt, callback);
}

#endif
