/*
 * pgoutput.c
 *	  Read messages of PostgreSQL's own logical decoding plugin.
 */
#include "base/compat.h"
#include "source/logical/pgoutput.h"

#include "access/transam.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

static const char *
Take(OutputReader *r, size_t len)
{
	const char *at = r->at;

	if (len > (size_t) (r->end - r->at))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("message of logical replication is too short")));
	r->at += len;
	return at;
}

uint8
OutputByte(OutputReader *r)
{
	return (uint8) *Take(r, 1);
}

static uint16
TakeInt16(OutputReader *r)
{
	uint16		n;

	memcpy(&n, Take(r, sizeof(n)), sizeof(n));
	return pg_ntoh16(n);
}

uint32
OutputInt32(OutputReader *r)
{
	uint32		n;

	memcpy(&n, Take(r, sizeof(n)), sizeof(n));
	return pg_ntoh32(n);
}

uint64
OutputInt64(OutputReader *r)
{
	uint64		n;

	memcpy(&n, Take(r, sizeof(n)), sizeof(n));
	return pg_ntoh64(n);
}

static const char *
TakeString(OutputReader *r)
{
	return Take(r, strnlen(r->at, r->end - r->at) + 1);
}

static void
MakeRoom(OutputTuple *tuple, int count)
{
	if (tuple->room >= count)
		return;
	if (tuple->values != NULL)
		pfree(tuple->values);
	tuple->values = MemoryContextAlloc(tuple->cxt, sizeof(OutputValue) * count);
	tuple->room = count;
}

void
OutputTupleClear(OutputTuple *tuple, int count)
{
	MakeRoom(tuple, count);
	tuple->count = count;
	for (int i = 0; i < count; i++)
		tuple->values[i].kind = OUTPUT_NULL;
}

static void
ReadValue(OutputReader *r, OutputValue *value)
{
	uint8		kind = OutputByte(r);

	switch (kind)
	{
		case 'n':
			value->kind = OUTPUT_NULL;
			return;
		case 'u':
			value->kind = OUTPUT_UNCHANGED;
			return;
		case 't':
			value->kind = OUTPUT_TEXT;
			value->len = (int) OutputInt32(r);
			value->text = Take(r, (size_t) value->len);
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("unexpected kind of value in a message of logical replication: %u", kind)));
	}
}

void
OutputTupleRead(OutputReader *r, OutputTuple *tuple)
{
	tuple->count = TakeInt16(r);
	MakeRoom(tuple, tuple->count);
	for (int i = 0; i < tuple->count; i++)
		ReadValue(r, &tuple->values[i]);
}

OutputBegin
OutputBeginRead(OutputReader *r)
{
	OutputBegin begin;

	begin.commit = OutputInt64(r);
	begin.committed_at = (TimestampTz) OutputInt64(r);
	begin.xid = OutputInt32(r);
	return begin;
}

void
OutputBeginWrite(StringInfo message, OutputReader *commit, uint32 xid)
{
	(void) OutputByte(commit);	/* flags */
	appendBinaryStringInfo(message, Take(commit, 8), 8);
	(void) OutputInt64(commit); /* where it ends */
	appendBinaryStringInfo(message, Take(commit, 8), 8);
	xid = pg_hton32(xid);
	appendBinaryStringInfo(message, (char *) &xid, sizeof(xid));
}

XLogRecPtr
OutputCommitRead(OutputReader *r)
{
	XLogRecPtr	end;

	(void) OutputByte(r);		/* flags */
	(void) OutputInt64(r);		/* where the commit is */
	end = OutputInt64(r);
	(void) OutputInt64(r);		/* its time */
	return end;
}

/* One that is not PostgreSQL's own has another number here, or none. */
static char *
ReadType(OutputReader *r)
{
	Oid			type = OutputInt32(r);
	int32		typmod = (int32) OutputInt32(r);

	if (type >= FirstGenbkiObjectId || !SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)))
		return pstrdup("text");
	return format_type_with_typemod(type, typmod);
}

void
OutputRelationRead(OutputReader *r, OutputRelation *relation)
{
	relation->id = OutputInt32(r);
	relation->schema = pstrdup(TakeString(r));
	/* an empty name is that of pg_catalog */
	if (relation->schema[0] == '\0')
		relation->schema = pstrdup("pg_catalog");
	relation->table = pstrdup(TakeString(r));
	(void) OutputByte(r);		/* replica identity */
	relation->count = TakeInt16(r);
	relation->columns = palloc(sizeof(char *) * Max(relation->count, 1));
	relation->types = palloc(sizeof(char *) * Max(relation->count, 1));
	for (int i = 0; i < relation->count; i++)
	{
		(void) OutputByte(r);	/* flags */
		relation->columns[i] = pstrdup(TakeString(r));
		relation->types[i] = ReadType(r);
	}
}
