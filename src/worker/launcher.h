/*
 * launcher.h
 *	  One process per cluster: keeps a scheduler in every database that has the extension.
 */
#ifndef ELT_WORKER_LAUNCHER_H
#define ELT_WORKER_LAUNCHER_H

extern void LauncherInit(void);

#endif
