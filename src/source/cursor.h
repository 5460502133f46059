/*
 * cursor.h
 *	  Cursors: incremental loading from the greatest value of a column.
 *
 * {cursor} in a request is a value of the cursor column: the greatest loaded one, or initially
 * cursor_start. Requests are inclusive, so a value that is rounded down to the format's
 * precision may load rows again but misses none.
 */
#ifndef ELT_SOURCE_CURSOR_H
#define ELT_SOURCE_CURSOR_H

#include "postgres.h"
#include "source/definition.h"

/* Is {name} the placeholder of the cursor in requests of this table? */
extern bool IsCursorName(const SourceDefinition *def, const char *name);

/* The errdetail of mutually exclusive options for incremental loading. */
#define ONE_EXTENT \
	"Windows, a cursor column and a resume path are alternative ways to load incrementally."

/* The cursor options (SourceOption) of foreign tables. */
#define CURSOR_OPTIONS \
	{"cursor_column", ForeignTableRelationId, NULL, NULL}, \
	{"cursor_start", ForeignTableRelationId, NULL, NULL}, \
	{"cursor_format", ForeignTableRelationId, CheckWindowFormat, TIME_FORMAT_HINT}, \
	{"cursor_time_zone", ForeignTableRelationId, CheckTimeZone, TIME_ZONE_HINT}

/* Raise an error when an option is missing that another one requires. */
extern void CursorOptionsCheck(List *options);
extern void CursorOptionsRead(SourceDefinition *def, List *options);

/* Check the cursor column, after the columns were read. */
extern void CursorCheck(SourceDefinition *def);

/* Is the cursor a time, so that it can be moved by an interval? */
extern bool CursorIsTime(const SourceDefinition *def);

/* Format an instant, or a JSON value of the column, for a request. */
extern char *CursorTextOfTime(const SourceDefinition *def, TimestampTz instant);
extern TimestampTz CursorInstant(const SourceDefinition *def, const char *position);

#endif
