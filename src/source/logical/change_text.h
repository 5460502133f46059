/*
 * change_text.h
 *	  A change as the text that a reject keeps of it.
 */
#ifndef ELT_SOURCE_LOGICAL_CHANGE_TEXT_H
#define ELT_SOURCE_LOGICAL_CHANGE_TEXT_H

#include "postgres.h"
#include "decode/json_reader.h"
#include "source/definition.h"
#include "source/logical/pgoutput.h"

typedef struct ChangeText
{
	const SourceDefinition *def;
	JsonReader *json;			/* for values that are */
	const int  *column_of;		/* tuple's column of each of the source's changes, or -1 */
	const OutputBegin *transaction;
	int64		position;		/* in it */
	const OutputTuple *tuple;
	const char *op;
} ChangeText;

/* In the current context. */
extern JsonReader *ChangeTextReader(void);

/*
 * Of change (ChangeText *), by column of the foreign table; those that are null are left out. *whole: it says
 * all that the row has.
 */
extern char *ChangeTextOf(void *change, bool *whole);

#endif
