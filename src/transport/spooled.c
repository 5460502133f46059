/*
 * spooled.c
 *	  Read any bytes of a stream that is read from its beginning only.
 *
 * Decompressed bytes and members of archives have no places. A format that needs them, such as Parquet, has
 * them in a temporary file, within temp_file_limit and the limit of the stream itself.
 */
#include "base/compat.h"
#include "transport/spooled.h"

#include "base/handle.h"
#include "base/spill_file.h"
#include "utils/memutils.h"

typedef struct Spooled
{
	PageStream	stream;
	const PageStream *origin;
	const char *name;
	File		file;			/* -1: nobody has asked for places */
	int64		size;
} Spooled;

static void
Release(void *arg)
{
	Spooled    *s = arg;

	if (s->file >= 0)
		FileClose(s->file);
	s->file = -1;
}

static bool
Next(void *state, const char **data, size_t *len)
{
	const PageStream *origin = ((Spooled *) state)->origin;

	return origin->next(origin->state, data, len);
}

static void
Rewind(void *state)
{
	const PageStream *origin = ((Spooled *) state)->origin;

	origin->rewind(origin->state);
}

static void
Copy(Spooled *s)
{
	const char *data;
	size_t		len;

	s->file = SpillFileOpen();
	s->size = 0;
	while (Next(s, &data, &len))
	{
		if (!SpillFileWrite(s->file, data, len, s->size))
			ereport(ERROR,
					(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
					 errmsg("temporary file size exceeds temp_file_limit"),
					 errdetail("The content of file \"%s\" needs it.", s->name),
					 errhint("Increase temp_file_limit, or store the file without compression around it.")));
		s->size += len;
	}
}

static int64
SizeOf(void *state)
{
	Spooled    *s = state;

	if (s->file < 0)
		Copy(s);
	return s->size;
}

static void
ReadAt(void *state, char *buffer, size_t len, int64 offset)
{
	SpillFileRead(((Spooled *) state)->file, buffer, len, offset);
}

PageStream *
SpooledStream(FetchedPage *page, const PageStream *stream, const char *name)
{
	Spooled    *s = MemoryContextAllocZero(page->cxt, sizeof(Spooled));

	s->stream.next = Next;
	s->stream.rewind = Rewind;
	s->stream.size = SizeOf;
	s->stream.read_at = ReadAt;
	s->stream.state = s;
	s->origin = stream;
	s->name = MemoryContextStrdup(page->cxt, name);
	s->file = -1;
	ReleaseWithContext(page->cxt, Release, s);
	return &s->stream;
}
