/*
 * reject_retention.h
 *	  Delete rejects that have been kept as long as their pipeline wants.
 */
#ifndef ELT_CATALOG_REJECT_RETENTION_H
#define ELT_CATALOG_REJECT_RETENTION_H

#include "postgres.h"

/* Delete at most so many; returns how many. Open ones are counted as overflow. */
extern int64 RejectsExpire(int64 at_most);

#endif
