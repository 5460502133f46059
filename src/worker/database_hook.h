/*
 * database_hook.h
 *	  Statements that concern our processes: those that need a database empty, and those that
 *	  may bring or remove the extension.
 */
#ifndef ELT_WORKER_DATABASE_HOOK_H
#define ELT_WORKER_DATABASE_HOOK_H

extern void DatabaseHookInit(void);

#endif
