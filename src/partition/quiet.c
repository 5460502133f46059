/*
 * quiet.c
 *	  Tell whether a table has only rows that all transactions see in the same way.
 *
 * Pages that the visibility map calls all-visible need no look: any change of a row takes its page out of
 * the map.
 */
#include "base/compat.h"
#include "partition/quiet.h"

#include "access/heapam.h"
#include "access/transam.h"
#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

static bool
IsQuietRow(HeapTuple tuple, TransactionId oldest, Buffer buffer)
{
	switch (HeapTupleSatisfiesVacuum(tuple, oldest, buffer))
	{
		case HEAPTUPLE_DEAD:
			return true;
		case HEAPTUPLE_LIVE:
			return TransactionIdPrecedes(HeapTupleHeaderGetXmin(tuple->t_data), oldest);
		default:
			return false;
	}
}

static bool
IsQuietPage(Relation table, Buffer buffer, TransactionId oldest)
{
	Page		page = BufferGetPage(buffer);
	HeapTupleData tuple;

	if (PageIsNew(page))
		return true;
	tuple.t_tableOid = RelationGetRelid(table);
	for (OffsetNumber i = FirstOffsetNumber; i <= PageGetMaxOffsetNumber(page); i++)
	{
		ItemId		item = PageGetItemId(page, i);

		if (!ItemIdIsNormal(item))
			continue;
		tuple.t_data = (HeapTupleHeader) PageGetItem(page, item);
		tuple.t_len = ItemIdGetLength(item);
		ItemPointerSet(&tuple.t_self, BufferGetBlockNumber(buffer), i);
		if (!IsQuietRow(&tuple, oldest, buffer))
			return false;
	}
	return true;
}

bool
TableIsQuiet(Relation table, TransactionId oldest)
{
	BlockNumber npages = RelationGetNumberOfBlocks(table);
	BufferAccessStrategy strategy = GetAccessStrategy(BAS_BULKREAD);
	Buffer		map = InvalidBuffer;
	bool		quiet = true;

	for (BlockNumber i = 0; i < npages && quiet; i++)
	{
		Buffer		buffer;

		CHECK_FOR_INTERRUPTS();
		if (VM_ALL_VISIBLE(table, i, &map))
			continue;
		buffer = ReadBufferExtended(table, MAIN_FORKNUM, i, RBM_NORMAL, strategy);
		LockBuffer(buffer, BUFFER_LOCK_SHARE);
		quiet = IsQuietPage(table, buffer, oldest);
		UnlockReleaseBuffer(buffer);
	}
	if (BufferIsValid(map))
		ReleaseBuffer(map);
	FreeAccessStrategy(strategy);
	return quiet;
}
