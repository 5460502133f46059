/*
 * parquet_unknown.c
 *	  Fields of a Parquet schema that no column reads.
 */
#include "postgres.h"

#include "decode/parquet_private.h"

static bool
IsRead(const ParquetDecoder *d, const ParquetNode *node)
{
	for (int i = 0; i < d->nfields; i++)
		if (d->fields[i].node == node)
			return true;
	return false;
}

/* Does a column read something within it? */
static bool
IsReadWithin(const ParquetDecoder *d, const ParquetNode *node)
{
	for (const ParquetNode *n = node->first; n != NULL; n = n->next)
		if (IsRead(d, n) || IsReadWithin(d, n))
			return true;
	return false;
}

static void
TakeMembers(const ParquetDecoder *d, const ParquetNode *group, UnknownSink sink, void *state)
{
	int			n = 0;

	for (const ParquetNode *m = group->first; m != NULL && n < UNKNOWN_MEMBERS; m = m->next)
	{
		if (IsRead(d, m) || !ParquetIsText(m->name, strlen(m->name)))
			continue;
		n++;
		if (IsReadWithin(d, m))
			TakeMembers(d, m, sink, state);
		else
			sink(state, ParquetNodePath(m), d->records);
	}
}

void
ParquetDecoderTakeUnknown(ParquetDecoder *d, UnknownSink sink, void *state)
{
	if (d->footer != NULL && d->records > 0)
		TakeMembers(d, d->footer->schema.root, sink, state);
}
