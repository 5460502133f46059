/*
 * connect.h
 *	  Start-up code shared by the processes of the extension.
 */
#ifndef ELT_WORKER_CONNECT_H
#define ELT_WORKER_CONNECT_H

#include "postgres.h"
#include "postmaster/bgworker.h"

/*
 * Take signals and connect to a database with rights over the whole of it. InvalidOid: to no
 * database, for shared catalogues only.
 *
 * The bootstrap superuser is the one role that can always connect: the extension's owner may
 * be NOLOGIN. ActAsExtensionOwner then gives up that identity.
 */
extern void ConnectProcess(Oid database);

/* From now on fail instead of waiting long for a lock: the transactions of users may last. */
extern void WaitBriefly(void);

/* Become the extension's owner until this process ends. */
extern void ActAsExtensionOwner(void);

/* Fill in a dynamic worker; name is shown by pg_stat_activity and in the log. */
extern void FillWorker(BackgroundWorker *worker, const char *name, const char *function,
					   Datum arg);

/* A transaction with SPI and a snapshot, and its end. */
extern void BeginWork(void);
extern void EndWork(void);

#endif
