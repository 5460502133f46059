/*
 * toplevel.h
 *	  Execute one statement as if a client had sent it.
 *
 * SPI is never top level, a portal of our own is: a CALL may commit, and what is refused inside a
 * function or a transaction block is allowed.
 */
#ifndef ELT_BASE_TOPLEVEL_H
#define ELT_BASE_TOPLEVEL_H

#include "postgres.h"

/* In a process of our own, outside of a transaction. */
extern void RunTopLevel(const char *sql);

/* Can the current procedure, before it connects to SPI, use RunTopLevelAs? */
extern bool CanRunTopLevel(void);

/*
 * In a procedure, with nothing to commit: as role, waiting at most so long for each lock. NULL when
 * it succeeded, else its error, copied into the current context, which must outlast transactions
 * and SPI. The statement must not call code of users: nothing but the role confines it.
 */
extern ErrorData *RunTopLevelAs(Oid role, int lock_timeout_ms, const char *sql);

#endif
