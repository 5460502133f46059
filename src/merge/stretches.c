/*
 * stretches.c
 *	  Summarize many values as stretches, in memory that does not grow with their number.
 *
 * Each value is a stretch of its own as long as there are few different ones. When there are many,
 * neighbours are joined: never across one of the largest gaps, which a merge leaves out, and never
 * to more than a small part of all values, so that a batch can be cut evenly.
 */
#include "base/compat.h"
#include "merge/stretches.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define FIRST_RECENT	1024
#define MAX_RECENT		65536
#define MAX_STRETCHES	65536
/* Gaps that are kept, and the part of the values that one stretch may hold. */
#define KEPT_GAPS		4096
#define KEPT_PARTS		4096

#define ST_SORT SortValues
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b) ? 1 : 0)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

Stretches *
StretchesBegin(void)
{
	Stretches  *s = palloc0(sizeof(Stretches));

	s->size = FIRST_RECENT;
	s->recent = palloc(s->size * sizeof(int64));
	s->all = palloc(sizeof(Stretch));
	return s;
}

/* Values that the last stretch reaches are in it. */
static void
AppendValue(Stretches *s, int64 value)
{
	if (s->count > 0 && value <= s->all[s->count - 1].high)
		s->all[s->count - 1].count++;
	else
		s->all[s->count++] = (Stretch) {value, value, 1};
}

/* Both are sorted. */
static void
Unite(Stretches *s, const Stretch *old, int nold)
{
	int			next = 0;

	s->count = 0;
	for (int i = 0; i < s->nrecent; i++)
	{
		while (next < nold && old[next].low <= s->recent[i])
			s->all[s->count++] = old[next++];
		AppendValue(s, s->recent[i]);
	}
	while (next < nold)
		s->all[s->count++] = old[next++];
}

/* Of the gap before a stretch; 0 for adjacent numbers. */
static int
GapBits(const Stretch *stretch)
{
	return pg_leftmost_one_pos64((uint64) stretch->low - (uint64) stretch[-1].high);
}

/* Gaps of as many bits are kept; more than KEPT_GAPS are shorter. */
static int
KeptBits(const Stretches *s)
{
	int			gaps[64] = {0};
	int			kept = 0;
	int			bits = 64;

	for (int i = 1; i < s->count; i++)
		gaps[GapBits(&s->all[i])]++;
	while (bits > 0 && kept + gaps[bits - 1] <= KEPT_GAPS)
		kept += gaps[--bits];
	return bits;
}

static void
JoinNeighbours(Stretches *s)
{
	int			kept_bits = KeptBits(s);
	int64		most = s->values / KEPT_PARTS;
	int			last = 0;

	for (int i = 1; i < s->count; i++)
	{
		const Stretch next = s->all[i];

		if (s->all[last].count + next.count <= most &&
			GapBits(&s->all[i]) < kept_bits)
		{
			s->all[last].high = next.high;
			s->all[last].count += next.count;
		}
		else
			s->all[++last] = next;
	}
	s->count = last + 1;
}

static void
TakeRecent(Stretches *s)
{
	Stretch    *old = s->all;
	int			nold = s->count;

	if (s->nrecent == 0)
		return;
	SortValues(s->recent, s->nrecent);
	s->all = MemoryContextAlloc(GetMemoryChunkContext(s), (nold + s->nrecent) * sizeof(Stretch));
	Unite(s, old, nold);
	pfree(old);
	s->values += s->nrecent;
	s->nrecent = 0;
	if (s->count > MAX_STRETCHES)
		JoinNeighbours(s);
}

void
StretchesAdd(Stretches *s, int64 value)
{
	if (s->nrecent == s->size && s->size < MAX_RECENT)
	{
		s->size *= 2;
		s->recent = repalloc(s->recent, s->size * sizeof(int64));
	}
	else if (s->nrecent == s->size)
		TakeRecent(s);
	s->recent[s->nrecent++] = value;
}

void
StretchesEnd(Stretches *s)
{
	TakeRecent(s);
	pfree(s->recent);
	s->recent = NULL;
}
