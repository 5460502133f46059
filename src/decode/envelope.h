/*
 * envelope.h
 *	  Records that are events of change: what an envelope says of a row, and where.
 */
#ifndef ELT_DECODE_ENVELOPE_H
#define ELT_DECODE_ENVELOPE_H

#include "postgres.h"

/* Who has written the events. */
typedef enum EnvelopeForm
{
	ENVELOPE_DEBEZIUM,
	ENVELOPE_DEBEZIUM_FLAT,		/* after Debezium's ExtractNewRecordState */
	ENVELOPE_MAXWELL
} EnvelopeForm;

/* What a column takes of an event. */
typedef enum EventRole
{
	EVENT_VALUE,				/* of the row, or what its path leads to */
	EVENT_OP,					/* read, insert, update, delete or truncate */
	EVENT_SEQUENCE,				/* numbers that order the changes of a row */
	EVENT_LSN,
	EVENT_COMMITTED_AT,
	EVENT_XID,
	EVENT_UNSENT				/* names of columns whose values the event does not have */
} EventRole;

/* What becomes of a change that tells of a truncation. */
typedef enum OnTruncate
{
	TRUNCATE_FAIL,
	TRUNCATE_IGNORE,
	TRUNCATE_APPLY				/* an event is a row, after which the batch is handed on */
} OnTruncate;

typedef struct EnvelopeSpec
{
	EnvelopeForm form;
	const char *relation;		/* "schema.table" whose events are read; NULL: all */
	const char *unsent;			/* text in place of a value that is not sent */
	OnTruncate	on_truncate;
} EnvelopeSpec;

#endif
