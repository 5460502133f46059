/*
 * change_stream.h
 *	  Receive changes of a slot, by the protocol of streaming replication or by statements.
 */
#ifndef ELT_SOURCE_LOGICAL_CHANGE_STREAM_H
#define ELT_SOURCE_LOGICAL_CHANGE_STREAM_H

#include "postgres.h"
#include "access/xlogdefs.h"
#include "source/logical/change_queue.h"
#include "source/logical/pg_link.h"

typedef struct ChangeStream ChangeStream;

/* Begin to receive changes of transactions that end after from; in the current memory context. */
extern ChangeStream *StreamStart(PgLink *link, const SourceDefinition *def, XLogRecPtr from);

/* Take what has come, without waiting, as long as fewer bytes than these are queued. */
extern void StreamReceive(ChangeStream *s, size_t bytes);
/*
 * Wait until more comes, or as long; asks the server where it stands when it has said nothing for the
 * time of silence.
 */
extern void StreamWait(ChangeStream *s, long milliseconds, long silence);
/* Must what was received land before more comes? */
extern bool StreamPauses(const ChangeStream *s);
/* The messages that were received. */
extern ChangeQueue *StreamQueue(ChangeStream *s);

/* Everything before it has been received; InvalidXLogRecPtr within a transaction. */
extern XLogRecPtr StreamReached(const ChangeStream *s);
/* Bytes of messages so far. */
extern int64 StreamBytes(const ChangeStream *s);

/* Tell the server that changes before it have landed: it need not keep them. */
extern void StreamConfirm(ChangeStream *s, XLogRecPtr landed);

#endif
