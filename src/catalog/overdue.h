/*
 * overdue.h
 *	  Workers whose run does not end at max_runtime.
 *
 * The run cancels itself then; code of its owner may refuse to be cancelled. SPI must be connected.
 */
#ifndef ELT_CATALOG_OVERDUE_H
#define ELT_CATALOG_OVERDUE_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Terminate those that had as long again, or half a minute, to end. */
extern void OverdueTerminate(void);
/* When the next one is due for that, if one executes. */
extern bool OverdueNext(TimestampTz *when);

#endif
