/*
 * json_private.h
 *	  The state of a JSON reader, shared by the files that implement it.
 */
#ifndef ELT_DECODE_JSON_PRIVATE_H
#define ELT_DECODE_JSON_PRIVATE_H

#include "postgres.h"
#include "decode/json_reader.h"
#include "decode/json_window.h"

typedef enum ReaderState
{
	AT_TOP,						/* outside of any value */
	AT_FIRST_KEY,
	AT_FIRST_ELEMENT,
	AT_COLON,
	AFTER_VALUE,
	FAILED
} ReaderState;

typedef struct Reader
{
	JsonReader	token;			/* what the caller sees: must come first */

	ReaderState state;
	JsonFraming framing;
	int			depth;
	int			max_depth;
	uint64	   *objects;		/* one bit per level: set for an object */
	bool		in_object;		/* that bit of the current level */
	bool		any_value;		/* a value has been read at the top */

	JsonWindow	w;
	bool		truncated;
	bool		at_start;		/* the fault stands where the text should begin */
	char		what[64];
} Reader;

static inline Reader *
Private(JsonReader *reader)
{
	return (Reader *) reader;
}

#endif
