/*
 * column_options.h
 *	  The options of a column about how its values are read, which all kinds share.
 */
#ifndef ELT_SOURCE_COLUMN_OPTIONS_H
#define ELT_SOURCE_COLUMN_OPTIONS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/column_expression.h"
#include "source/definition.h"

#define NUMBER_MARK_HINT "Specify one character that is no letter, digit or sign, such as ','."

/* Among those (SourceOption) of a kind. */
#define COLUMN_OPTIONS \
	{"format", AttributeRelationId, CheckColumnFormat, COLUMN_FORMAT_HINT}, \
	{"time_zone", AttributeRelationId, CheckTimeZone, TIME_ZONE_HINT}, \
	{"optional", AttributeRelationId, CheckBoolean, BOOLEAN_HINT}, \
	{"position", AttributeRelationId, CheckPosition, \
	"Specify the number of a field, such as '3', or the characters of a field of fixed width, " \
	"such as '11-20' or '21-'."}, \
	{"decimal", AttributeRelationId, CheckNumberMark, NUMBER_MARK_HINT}, \
	{"grouping", AttributeRelationId, CheckNumberMark, NUMBER_MARK_HINT}, \
	{"currency", AttributeRelationId, CheckCurrency, \
	"Specify signs without digits, separated by |, such as '$|USD'."}, \
	{"percent", AttributeRelationId, CheckPercent, \
	"Specify 'fraction' to read 12 % as 0.12, or 'number' to read it as 12."}, \
	{"true", AttributeRelationId, NULL, NULL}, \
	{"false", AttributeRelationId, NULL, NULL}, \
	{"null", AttributeRelationId, NULL, NULL}, \
	{"trim", AttributeRelationId, CheckBoolean, BOOLEAN_HINT}, \
	{"ambiguous", AttributeRelationId, CheckAmbiguous, \
	"Valid values are 'first', 'second' and 'order'."}, \
	{"expression", AttributeRelationId, CheckColumnExpression, NULL}

extern bool CheckColumnFormat(const char *value, const char **detail);
extern bool CheckPosition(const char *value, const char **detail);
extern bool CheckNumberMark(const char *value, const char **detail);
extern bool CheckCurrency(const char *value, const char **detail);
extern bool CheckPercent(const char *value, const char **detail);
extern bool CheckAmbiguous(const char *value, const char **detail);

/* Raise an error when options of a column contradict each other. */
extern void ColumnOptionsCheck(List *options);
/* Raise an error when an option of this name is combined with one of these, or with a path. */
extern void ColumnOptionExcludesReading(List *options, const char *option, const char *detail);
/* Those of a column of any kind but its path. */
extern void ColumnOptionsRead(SourceColumn *column, List *options);

#endif
