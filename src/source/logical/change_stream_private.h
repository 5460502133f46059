/*
 * change_stream_private.h
 *	  What the ways share in which changes are received.
 */
#ifndef ELT_SOURCE_LOGICAL_CHANGE_STREAM_PRIVATE_H
#define ELT_SOURCE_LOGICAL_CHANGE_STREAM_PRIVATE_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "source/logical/change_spool.h"
#include "source/logical/change_stream.h"

/* One of them; see change_stream.h. */
typedef struct StreamMethod
{
	/* The slot is busy: false. */
	bool		(*begin) (ChangeStream *s, XLogRecPtr from);
	/* The next message, valid until the next call; NULL: none has come. */
	const char *(*next) (ChangeStream *s, int *len);
	void		(*wait) (ChangeStream *s, long milliseconds, long silence);
	void		(*confirm) (ChangeStream *s);
	bool		(*pauses) (const ChangeStream *s);
} StreamMethod;

struct ChangeStream
{
	const StreamMethod *method;
	PgLink	   *link;
	const SourceDefinition *def;
	ChangeQueue *queue;
	XLogRecPtr	reached;		/* end of the last transaction, or where the server stands */
	XLogRecPtr	landed;
	bool		in_transaction;
	uint32		running;		/* transaction whose changes come; 0: one that has ended */
	ChangeSpools *spools;
	ChangeSpool *replayed;		/* of the transaction that was committed last; NULL: none is left */
	StringInfoData commit;		/* what ends it */
	int64		bytes;

	/* of the protocol */
	bool		asked;			/* the server where it stands, without an answer so far */
	TimestampTz told_at;		/* when a status was sent */

	/* of statements */
	struct Peek *peek;
};

/* Raise the error with which the server has refused to read the slot; hint may be NULL. */
extern void StreamReport(const ChangeStream *s, const char *hint) pg_attribute_noreturn();

extern const StreamMethod ProtocolMethod;
extern const StreamMethod PeekMethod;

#endif
