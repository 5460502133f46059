/*
 * window_options.h
 *	  The options of a foreign table about its windows.
 */
#ifndef ELT_SOURCE_WINDOW_OPTIONS_H
#define ELT_SOURCE_WINDOW_OPTIONS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/definition.h"

/* Among those (SourceOption) of a kind. */
#define WINDOW_OPTIONS \
	{"window", ForeignTableRelationId, CheckWindow, \
	"Specify an interval such as '1 day', '1 month' or '6 hours'."}, \
	{"window_column", ForeignTableRelationId, NULL, NULL}, \
	{"window_format", ForeignTableRelationId, CheckWindowFormat, TIME_FORMAT_HINT}, \
	{"window_time_zone", ForeignTableRelationId, CheckTimeZone, TIME_ZONE_HINT}, \
	{"window_clamp", ForeignTableRelationId, CheckBoolean, BOOLEAN_HINT}

/* Raise an error when an option is missing that another one requires. */
extern void WindowOptionsCheck(List *options);
extern void WindowOptionsRead(SourceDefinition *def, List *options);

/* Check the window column and format, after the columns were read. */
extern void WindowCheck(SourceDefinition *def);

#endif
