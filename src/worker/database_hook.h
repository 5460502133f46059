/*
 * database_hook.h
 *	  Statements that concern the extension's processes: those that need a database empty, and
 *	  those that may create or drop the extension.
 */
#ifndef ELT_WORKER_DATABASE_HOOK_H
#define ELT_WORKER_DATABASE_HOOK_H

extern void DatabaseHookInit(void);

#endif
