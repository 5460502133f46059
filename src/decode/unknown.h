/*
 * unknown.h
 *	  Members of records that no column reads, and how many records have them.
 *
 * They come in the same order in most records, so that each costs a comparison with the one that is
 * expected, and less than a search for a column.
 */
#ifndef ELT_DECODE_UNKNOWN_H
#define ELT_DECODE_UNKNOWN_H

#include "postgres.h"

/* Of one object; more are counted as others. */
#define UNKNOWN_MEMBERS 100
/*
 * Records that are kept as examples of the fields that are new in them: of a page, and of a batch for
 * one field. A field asks for the first few of each page.
 */
#define UNKNOWN_SAMPLES 20
#define UNKNOWN_FIRST 3

typedef struct UnknownMember
{
	char	   *name;
	size_t		len;
	int64		count;			/* since it was told last */
	int			samples;		/* records of the batch that were kept for it */
} UnknownMember;

typedef struct UnknownMembers
{
	int			n;
	int			hint;			/* the one that is likely to come next */
	UnknownMember members[UNKNOWN_MEMBERS];
	int64		others;			/* that had no room */
} UnknownMembers;

/* Takes the path of a field from its record on, and in how many records it was. */
typedef void (*UnknownSink) (void *state, const char *path, int64 records);

/* Is it the member that was expected? Then it is counted. */
static inline bool
UnknownIsExpected(UnknownMembers *unknown, const char *name, size_t len)
{
	UnknownMember *member;

	if (unknown == NULL || unknown->n == 0)
		return false;
	if (unknown->hint >= unknown->n)
		unknown->hint = 0;
	member = &unknown->members[unknown->hint];
	if (member->len != len || memcmp(member->name, name, len) != 0 ||
		member->count < UNKNOWN_FIRST)
		return false;
	member->count++;
	unknown->hint++;
	return true;
}

#endif
