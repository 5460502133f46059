/*
 * key_range.h
 *	  Parts of a table between two of its keys, which are read by connections of their own.
 */
#ifndef ELT_SOURCE_LOGICAL_KEY_RANGE_H
#define ELT_SOURCE_LOGICAL_KEY_RANGE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/logical/pg_link.h"

typedef struct KeyRange
{
	List	   *after;			/* char *, a key whose row has landed, or the last one before; NIL: none */
	List	   *until;			/* the last key; NIL: there is no limit */
} KeyRange;

/* In the current memory context. */
extern KeyRange *KeyRangeCreate(List *after, List *until);
/* Has it a value for each column of the key? */
extern bool KeyRangeFits(const KeyRange *range, List *key);

/*
 * Ranges (KeyRange *) that have about as many rows each, together all of the table: at most as many,
 * and only one of a small table. key are the columns that tell rows apart; NIL: none do. condition is
 * that of its rows, or NULL.
 */
extern List *KeyRangesPlan(PgLink *link, const SourceDefinition *def, List *key, const char *condition,
						   int most);

/* " AND ...", or an empty text. */
extern char *KeyRangeCondition(PgLink *link, List *key, const KeyRange *range);
/* "a, b", of names or values, quoted as SQL of the server. */
extern char *KeyNames(PgLink *link, List *key);

#endif
