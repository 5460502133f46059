/*
 * file_turns.c
 *	  Which process of a parallel scan reads which parts of which files.
 */
#include "base/compat.h"
#include "live/file_turns.h"

#include "live/quals.h"
#include "port/atomics.h"
#include "source/slices.h"
#include "storage/spin.h"

#define UNKNOWN_PARTS PG_UINT32_MAX

typedef struct SharedFile
{
	Size		params;			/* where those of its slice begin in the text */
	pg_atomic_uint32 next;		/* part that nobody has taken */
	pg_atomic_uint32 nparts;	/* UNKNOWN_PARTS: nobody has reached its end */
	slock_t		lock;			/* of the version */
	bool		is_open;		/* it has one */
	int64		size;
	TimestampTz modified;
} SharedFile;

typedef struct SharedFiles
{
	int			nfiles;
	pg_atomic_uint32 begun;		/* files, from the first */
	SharedFile	files[FLEXIBLE_ARRAY_MEMBER];
} SharedFiles;

struct FileTurns
{
	SharedFiles *shared;
	int			helped;			/* files that were looked at for parts that others leave */
	SharedFile *file;			/* the one at hand */
	int64		part;			/* of it, the next to be asked for */
	int64		turn;			/* of it, the one that was taken last; -1: none */
};

/* ---- sharing ---- */

static Size
BytesOfTexts(List *slices)
{
	Size		bytes = 0;
	ListCell   *lc;

	foreach(lc, slices)
		bytes += strlen(((Slice *) lfirst(lc))->params) + 1;
	return bytes;
}

static void
InitFile(SharedFile *file, Size params)
{
	file->params = params;
	pg_atomic_init_u32(&file->next, 0);
	pg_atomic_init_u32(&file->nparts, UNKNOWN_PARTS);
	SpinLockInit(&file->lock);
	file->is_open = false;
}

dsa_pointer
FileTurnsShare(dsa_area *area, List *slices)
{
	Size		text = offsetof(SharedFiles, files) + sizeof(SharedFile) * list_length(slices);
	dsa_pointer pointer = dsa_allocate_extended(area, text + BytesOfTexts(slices), DSA_ALLOC_HUGE);
	SharedFiles *shared = dsa_get_address(area, pointer);
	Size		at = text;
	ListCell   *lc;

	shared->nfiles = list_length(slices);
	pg_atomic_init_u32(&shared->begun, 0);
	foreach(lc, slices)
	{
		const char *params = ((Slice *) lfirst(lc))->params;
		Size		size = strlen(params) + 1;

		InitFile(&shared->files[foreach_current_index(lc)], at);
		memcpy((char *) shared + at, params, size);
		at += size;
	}
	return pointer;
}

FileTurns *
FileTurnsBegin(dsa_area *area, dsa_pointer shared)
{
	FileTurns  *turns = palloc0(sizeof(FileTurns));

	turns->shared = dsa_get_address(area, shared);
	return turns;
}

List *
FileTurnsSlices(const FileTurns *turns)
{
	List	   *slices = NIL;

	for (int i = 0; i < turns->shared->nfiles; i++)
	{
		const char *params = (char *) turns->shared + turns->shared->files[i].params;

		slices = lappend(slices, SliceOfParams(pstrdup(params)));
	}
	return slices;
}

/* ---- files ---- */

static bool
MayHaveParts(SharedFile *file)
{
	return pg_atomic_read_u32(&file->next) < pg_atomic_read_u32(&file->nparts);
}

static int
NextNumber(FileTurns *turns)
{
	SharedFiles *shared = turns->shared;

	if (pg_atomic_read_u32(&shared->begun) < shared->nfiles)
	{
		uint32		number = pg_atomic_fetch_add_u32(&shared->begun, 1);

		if (number < shared->nfiles)
			return number;
	}
	while (turns->helped < shared->nfiles)
		if (MayHaveParts(&shared->files[turns->helped++]))
			return turns->helped - 1;
	return -1;
}

int
FileTurnsNext(void *arg)
{
	FileTurns  *turns = arg;
	int			number = NextNumber(turns);

	turns->file = number < 0 ? NULL : &turns->shared->files[number];
	turns->part = 0;
	turns->turn = -1;
	return number;
}

void
FileTurnsCheck(FileTurns *turns, const SourceDefinition *def, const Slice *slice, const SliceFile *opened)
{
	SharedFile *file = turns->file;
	bool		is_same;

	SpinLockAcquire(&file->lock);
	is_same = !file->is_open || (file->size == opened->size && file->modified == opened->modified);
	file->is_open = true;
	file->size = opened->size;
	file->modified = opened->modified;
	SpinLockRelease(&file->lock);
	if (!is_same)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("file of slice %s of foreign table \"%s\" was replaced while it was read",
						SliceText(def, slice), def->relation),
				 errhint("Run the query again.")));
}

/* ---- parts ---- */

bool
FileTurnsTake(void *arg)
{
	FileTurns  *turns = arg;
	int64		part = turns->part++;

	if (turns->turn < part)
		turns->turn = pg_atomic_fetch_add_u32(&turns->file->next, 1);
	return turns->turn == part;
}

/* A turn that was taken beyond the last part is nobody's. */
void
FileTurnsEnd(FileTurns *turns)
{
	pg_atomic_write_u32(&turns->file->nparts, turns->part);
}
