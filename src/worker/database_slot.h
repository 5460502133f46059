/*
 * database_slot.h
 *	  Databases that have, or may have, the extension, and their schedulers.
 *
 *		free ──► look ──► scheduler there ──► installed
 *		 ▲                   └──► free		the extension is not there
 *		 └── installed						the extension, or the database, was dropped
 *
 * The launcher keeps a scheduler in every database that is installed, or to be looked at, and
 * not held. Every change that concerns another process wakes it.
 */
#ifndef ELT_WORKER_DATABASE_SLOT_H
#define ELT_WORKER_DATABASE_SLOT_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* The scheduler's side. False: the database has one, or must stay empty. */
extern bool DatabaseEnter(Oid database);
extern void DatabaseLeave(Oid database, bool failed);
/* Marks what was asked before as answered by what follows. */
extern bool DatabaseMustBeLeft(Oid database);
extern void DatabaseHasExtension(Oid database);
/* The extension is not there. False: somebody has asked again since. */
extern bool DatabaseForget(Oid database);
extern void DatabaseWantsWorker(Oid database, bool wants);

/* The launcher's side: the databases that lack a scheduler, and when each may get one. */
typedef struct MissingScheduler
{
	Oid			database;
	bool		failed;			/* the last one ended with an error */
	TimestampTz not_before;
} MissingScheduler;

extern List *DatabasesWithoutScheduler(void);
extern bool DatabaseIsLookedAt(Oid database);	/* not yet known to be installed */
extern void DatabaseStartFailed(Oid database);
extern void DatabaseIsGone(Oid database);

/* A session that needs the database empty: no scheduler starts until it lets go. */
extern bool DatabaseHold(Oid database); /* false: it has no slot, so nothing of ours runs */
extern void DatabaseLetGo(Oid database);
extern bool DatabaseIsEmpty(Oid database);
extern bool DatabaseIsInstalled(Oid database);

#endif
