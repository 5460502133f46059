/*
 * cursor.h
 *	  Where a source goes on that is asked "since when", or "from which number on".
 *
 * {cursor} in a request is a value of the cursor column: the greatest that has landed, or what
 * the table says to begin with. Requests are inclusive, so a value that is written more coarsely
 * than it is, rounded down, asks for a little more and misses nothing.
 */
#ifndef ELT_SOURCE_CURSOR_H
#define ELT_SOURCE_CURSOR_H

#include "postgres.h"
#include "source/definition.h"

/* Is {name} the place of the cursor in a request of this table? */
extern bool IsCursorName(const SourceDefinition *def, const char *name);

/* Why options exclude each other that say which part of a source to ask for. */
#define ONE_EXTENT \
	"Windows, a cursor column and a resume path are alternative ways to load incrementally."

/* The options of a foreign table about its cursor, among those (SourceOption) of a kind. */
#define CURSOR_OPTIONS \
	{"cursor_column", ForeignTableRelationId, NULL, NULL}, \
	{"cursor_start", ForeignTableRelationId, NULL, NULL}, \
	{"cursor_format", ForeignTableRelationId, CheckWindowFormat, TIME_FORMAT_HINT}, \
	{"cursor_time_zone", ForeignTableRelationId, CheckTimeZone, TIME_ZONE_HINT}

/* Error unless each stands beside those that it needs. */
extern void CursorOptionsCheck(List *options);
extern void CursorOptionsRead(SourceDefinition *def, List *options);

/* The columns have been read: error unless the cursor's will do. */
extern void CursorCheck(SourceDefinition *def);

/* Is the cursor a time, so that it can be moved by an interval? */
extern bool CursorIsTime(const SourceDefinition *def);

/* As a request writes an instant, and a value of the column given as JSON has it. */
extern char *CursorTextOfTime(const SourceDefinition *def, TimestampTz instant);
extern TimestampTz CursorInstant(const SourceDefinition *def, const char *position);

#endif
