/*
 * change_spool.c
 *	  Keep changes of transactions that have not ended in a temporary file for each.
 *
 * Where a subtransaction begins in the file is remembered: when it is aborted, all that was written
 * since then was written by it or below it, and is written over.
 */
#include "base/compat.h"
#include "source/logical/change_spool.h"

#include "access/transam.h"
#include "base/handle.h"
#include "base/spill_file.h"
#include "lib/stringinfo.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define BUFFER_BYTES (128 * 1024)

typedef struct Subtransaction
{
	uint32		xid;
	off_t		begins;
} Subtransaction;

struct ChangeSpool
{
	uint32		xid;
	MemoryContext cxt;			/* of all that is of the spool, and the file */
	File		file;			/* -1: all is in the buffer */
	StringInfoData buffer;		/* what is not in the file yet; or what was read of it */
	off_t		written;		/* bytes of the file that count */
	off_t		at;				/* where it is read on */
	uint32		newest;			/* subtransaction that was noted */
	int			subs_room;
	int			nsubs;
	Subtransaction *subs;		/* in the order in which they begin */
};

typedef struct SpoolEntry
{
	uint32		xid;			/* key in the hash table */
	ChangeSpool *spool;
} SpoolEntry;

struct ChangeSpools
{
	MemoryContext cxt;
	HTAB	   *spools;
};

/* ---- opening and closing ---- */

ChangeSpools *
ChangeSpoolsCreate(void)
{
	ChangeSpools *spools = palloc0(sizeof(ChangeSpools));
	HASHCTL		ctl = {.keysize = sizeof(uint32), .entrysize = sizeof(SpoolEntry)};

	spools->cxt = ctl.hcxt = CurrentMemoryContext;
	spools->spools = hash_create("elt spools", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return spools;
}

static void
CloseFile(void *arg)
{
	ChangeSpool *spool = arg;

	if (spool->file >= 0)
		FileClose(spool->file);
}

static ChangeSpool *
NewSpool(ChangeSpools *spools, uint32 xid)
{
	MemoryContext cxt = AllocSetContextCreate(spools->cxt, "elt spool", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	ChangeSpool *spool = palloc0(sizeof(ChangeSpool));

	spool->xid = xid;
	spool->cxt = cxt;
	spool->file = -1;
	initStringInfo(&spool->buffer);
	ReleaseWithContext(cxt, CloseFile, spool);
	MemoryContextSwitchTo(old);
	return spool;
}

/* NULL: it has none. */
static ChangeSpool *
Find(const ChangeSpools *spools, uint32 xid)
{
	const SpoolEntry *entry = hash_search(spools->spools, &xid, HASH_FIND, NULL);

	return entry == NULL ? NULL : entry->spool;
}

static ChangeSpool *
Open(ChangeSpools *spools, uint32 xid)
{
	ChangeSpool *spool = Find(spools, xid);

	if (spool != NULL)
		return spool;
	spool = NewSpool(spools, xid);
	((SpoolEntry *) hash_search(spools->spools, &xid, HASH_ENTER, NULL))->spool = spool;
	return spool;
}

static void
Close(ChangeSpools *spools, ChangeSpool *spool)
{
	(void) hash_search(spools->spools, &spool->xid, HASH_REMOVE, NULL);
	MemoryContextDelete(spool->cxt);
}

/* ---- writing ---- */

static void
Flush(ChangeSpool *spool)
{
	if (spool->file < 0)
		spool->file = SpillFileOpen();
	if (!SpillFileWrite(spool->file, spool->buffer.data, spool->buffer.len, spool->written))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("temporary files for the changes of a transaction exceed temp_file_limit"),
				 errhint("Raise temp_file_limit, or logical_decoding_work_mem on the server that is "
						 "replicated.")));
	spool->written += spool->buffer.len;
	resetStringInfo(&spool->buffer);
}

/* New ones mostly are newer than all others. */
static bool
IsNoted(const ChangeSpool *spool, uint32 subxid)
{
	if (spool->nsubs == 0 || TransactionIdFollows(subxid, spool->newest))
		return false;
	for (int i = spool->nsubs - 1; i >= 0; i--)
		if (spool->subs[i].xid == subxid)
			return true;
	return false;
}

static void
MakeRoomForSubtransaction(ChangeSpool *spool)
{
	if (spool->nsubs < spool->subs_room)
		return;
	spool->subs_room = Max(64, spool->subs_room * 2);
	spool->subs = spool->subs == NULL ?
		MemoryContextAlloc(spool->cxt, sizeof(Subtransaction) * spool->subs_room) :
		repalloc_huge(spool->subs, sizeof(Subtransaction) * spool->subs_room);
}

/* Where its first change is. */
static void
NoteSubtransaction(ChangeSpool *spool, uint32 subxid)
{
	if (subxid == spool->xid || IsNoted(spool, subxid))
		return;
	MakeRoomForSubtransaction(spool);
	spool->subs[spool->nsubs++] = (Subtransaction) {subxid, spool->written + spool->buffer.len};
	if (spool->nsubs == 1 || TransactionIdFollows(subxid, spool->newest))
		spool->newest = subxid;
}

void
ChangeSpoolAdd(ChangeSpools *spools, uint32 xid, uint32 subxid, char kind, const char *rest,
			   size_t len)
{
	ChangeSpool *spool = Open(spools, xid);
	uint32		size = (uint32) len + 1;

	NoteSubtransaction(spool, subxid);
	if (spool->buffer.len > 0 && spool->buffer.len + sizeof(size) + size > BUFFER_BYTES)
		Flush(spool);
	appendBinaryStringInfo(&spool->buffer, (const char *) &size, sizeof(size));
	appendStringInfoCharMacro(&spool->buffer, kind);
	appendBinaryStringInfo(&spool->buffer, rest, (int) len);
}

/* Go back to where the file ended then. */
static void
CutAt(ChangeSpool *spool, off_t end)
{
	if (end >= spool->written)
	{
		spool->buffer.len = (int) (end - spool->written);
		return;
	}
	resetStringInfo(&spool->buffer);
	spool->written = end;
}

void
ChangeSpoolAbort(ChangeSpools *spools, uint32 xid, uint32 subxid)
{
	ChangeSpool *spool = Find(spools, xid);

	if (spool == NULL)
		return;
	if (xid == subxid)
	{
		Close(spools, spool);
		return;
	}
	for (int i = spool->nsubs - 1; i >= 0; i--)
		if (spool->subs[i].xid == subxid)
		{
			CutAt(spool, spool->subs[i].begins);
			spool->nsubs = i;
			return;
		}
}

/* ---- reading ---- */

ChangeSpool *
ChangeSpoolOf(ChangeSpools *spools, uint32 xid)
{
	ChangeSpool *spool = Find(spools, xid);

	if (spool == NULL)
		return NULL;
	if (spool->file >= 0)
		Flush(spool);
	else
		spool->written = spool->buffer.len;
	spool->buffer.cursor = 0;
	return spool;
}

static int
Left(const ChangeSpool *spool)
{
	return spool->buffer.len - spool->buffer.cursor;
}

/* Read on in the file, behind what is left of the buffer. */
static void
Refill(ChangeSpool *spool)
{
	StringInfo	buffer = &spool->buffer;
	int			left = Left(spool);
	int			more = (int) Min((off_t) BUFFER_BYTES, spool->written - spool->at);

	if (spool->file < 0 || more <= 0)
		elog(ERROR, "spool of transaction %u ends within a message", spool->xid);
	memmove(buffer->data, buffer->data + buffer->cursor, left);
	buffer->cursor = 0;
	buffer->len = left;
	enlargeStringInfo(buffer, more);
	SpillFileRead(spool->file, buffer->data + left, more, spool->at);
	buffer->len += more;
	spool->at += more;
}

/* That many bytes, which are there. */
static const char *
Take(ChangeSpool *spool, size_t len)
{
	const char *at;

	while ((size_t) Left(spool) < len)
		Refill(spool);
	at = spool->buffer.data + spool->buffer.cursor;
	spool->buffer.cursor += (int) len;
	return at;
}

const char *
ChangeSpoolNext(ChangeSpools *spools, ChangeSpool *spool, size_t *len)
{
	uint32		size;

	if (Left(spool) == 0 && (spool->file < 0 || spool->at >= spool->written))
	{
		Close(spools, spool);
		return NULL;
	}
	memcpy(&size, Take(spool, sizeof(size)), sizeof(size));
	*len = size;
	return Take(spool, size);
}
