/*
 * toplevel.h
 *	  Execute one statement as if a client had sent it.
 */
#ifndef ELT_WORKER_TOPLEVEL_H
#define ELT_WORKER_TOPLEVEL_H

#include "postgres.h"

/*
 * Outside of a transaction. A CALL may commit, and what is refused inside a function or a
 * transaction block is allowed: SPI is never top level, a portal of our own is.
 */
extern void RunTopLevel(const char *sql);

#endif
