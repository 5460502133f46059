/*
 * handle.h
 *	  Release handles of other libraries with a memory context.
 *
 * Handles that PostgreSQL does not manage (curl, files, malloc'd memory) are released by a
 * callback of the memory context that owns them, so no PG_TRY is needed.
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
