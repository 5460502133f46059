/*
 * change_spool.h
 *	  Changes of transactions that have not ended, in temporary files.
 */
#ifndef ELT_SOURCE_LOGICAL_CHANGE_SPOOL_H
#define ELT_SOURCE_LOGICAL_CHANGE_SPOOL_H

#include "postgres.h"

typedef struct ChangeSpools ChangeSpools;
typedef struct ChangeSpool ChangeSpool;

/* None so far; in the current memory context, with which their files end. */
extern ChangeSpools *ChangeSpoolsCreate(void);

/* Keep a message of a transaction, or of a subtransaction of it. */
extern void ChangeSpoolAdd(ChangeSpools *spools, uint32 xid, uint32 subxid, char kind,
						   const char *rest, size_t len);
/* Discard what a subtransaction has changed, or all if it is the transaction itself. */
extern void ChangeSpoolAbort(ChangeSpools *spools, uint32 xid, uint32 subxid);

/* Those of a transaction, to be read from now on; NULL: it has none. */
extern ChangeSpool *ChangeSpoolOf(ChangeSpools *spools, uint32 xid);
/* The next message, valid until the next call; NULL: there are no more, and the spool is closed. */
extern const char *ChangeSpoolNext(ChangeSpools *spools, ChangeSpool *spool, size_t *len);

#endif
