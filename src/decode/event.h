/*
 * event.h
 *	  Read records that are events of change: which rows they are about, and what became of those.
 *
 * An event names the old and the new values of a row. It is one row with the new ones, or that of a
 * delete with the old ones; an event that changes the key is a delete and an insert.
 */
#ifndef ELT_DECODE_EVENT_H
#define ELT_DECODE_EVENT_H

#include "postgres.h"
#include "decode/connect_value.h"
#include "decode/decoder.h"
#include "decode/envelope.h"
#include "lib/stringinfo.h"

/* What an event says, apart from what columns read by a path. */
typedef enum EventField
{
	EVENT_BEFORE,
	EVENT_AFTER,
	EVENT_OPERATION,
	EVENT_KEY,
	EVENT_SCHEMA,
	EVENT_KEY_SCHEMA,
	EVENT_PAYLOAD,				/* all of the event */
	EVENT_DELETED,				/* of a flat one: "true" */
	EVENT_TABLE,
	EVENT_TABLE_SCHEMA,
	EVENT_DATABASE,
	EVENT_TXID,
	EVENT_SECONDS,				/* when it was committed, or happened */
	EVENT_MILLIS,
	EVENT_MICROS,
	EVENT_SENT_MILLIS,			/* when its writer had it */
	EVENT_LOG_LSN,
	EVENT_LOG_FILE,
	EVENT_LOG_POS,
	EVENT_LOG_ROW,
	EVENT_LOG_PLACE,			/* "master.000006:800911" */
	EVENT_LOG_OFFSET,
	EVENT_SCN,
	EVENT_SSN,
	EVENT_COMMIT_LSN,
	EVENT_CHANGE_LSN,
	EVENT_SERIAL,
	EVENT_ORDINAL,
	EVENT_FIELDS
} EventField;

/* Events that are about no row of the table. */
typedef enum EventPassed
{
	PASSED_TOMBSTONE,
	PASSED_OTHER_TABLE,
	PASSED_MESSAGE,
	PASSED_TRUNCATE,			/* that is ignored */
	PASSED_KINDS
} EventPassed;

/* What an event does to a row. */
typedef enum RowChange
{
	ROW_READ,
	ROW_INSERT,
	ROW_UPDATE,
	ROW_DELETE,
	ROW_TRUNCATE				/* to all rows: it has no values */
} RowChange;

#define EVENT_ROWS 2
#define EVENT_UNSENT_FORMS 5
#define EVENT_LEARNED 48		/* members of an event */
#define EVENT_LEARNED_LEN 24

/* A row to be made: the values are those of the first part, then of the second. */
typedef struct EventRow
{
	RowChange	change;
	const JsonValue *values[2];
} EventRow;

typedef struct EventRoleColumn
{
	EventRole	role;
	const char *column;
	int			attindex;
	Oid			type;
} EventRoleColumn;

/* A column of the key, which may differ before and after. */
typedef struct EventKeyColumn
{
	const char *name;			/* in the event */
	size_t		len;
	JsonValue	value;
} EventKeyColumn;

/* A member of the event before, in its place: mostly the next event has the same there. */
typedef struct LearnedName
{
	int			level;
	uint8		len;			/* 0: none */
	char		name[EVENT_LEARNED_LEN];
	const struct FieldName *field;	/* NULL: it means nothing */
} LearnedName;

/* A schema that was read. */
typedef struct KnownSchema
{
	MemoryContext cxt;
	char	   *text;			/* NULL: none yet */
	size_t		len;
	const ConnectField *schema;
	bool		is_at_hand;		/* the event's has the same text */
} KnownSchema;

typedef struct EventReader
{
	const EnvelopeSpec *spec;
	MemoryContext cxt;
	PathNode   *row;			/* of columns that values of the row are for; or NULL */
	PathNode   *event;			/* of those that take something else of the event; or NULL */
	int			nroles;
	EventRoleColumn *roles;
	int			nkeys;
	EventKeyColumn *keys;

	int			nunsent;
	JsonValue	unsent[EVENT_UNSENT_FORMS]; /* values that say that they are not sent */

	JsonReader *structs;		/* of values that are objects */
	JsonReader *reader;			/* of a part of an event ... */
	ByteSource	source;			/* ... from here */
	JsonValue	part;
	bool		given;			/* source has handed it out */

	/* the event at hand */
	JsonValue	fields[EVENT_FIELDS];	/* JSON_END: not there */
	int64		offsets[EVENT_FIELDS];
	int			nmembers;		/* that were read */
	LearnedName learned[EVENT_LEARNED];
	bool		is_wrapped;		/* in a record with a key, or with a schema */
	bool		has_value;		/* it is no tombstone */
	int64		passed[PASSED_KINDS];	/* so far, of all pages */
	int			nrows;
	EventRow	rows[EVENT_ROWS];
	const EventRow *at_hand;	/* that is being made */
	int			key_row;		/* of the batch, with the key that the row at hand had; -1: none has */

	KnownSchema known;			/* of values */
	KnownSchema known_key;
	const ConnectField *schema; /* that the columns have their types from; NULL: none */
	StringInfoData text;		/* of a value that was converted */
	StringInfoData bytes;		/* that a value has in base64 */
} EventReader;

/* The columns of an event's rows and of the event, as ones of a record: for a tree of paths. */
extern DecodeSpec *EventColumns(const DecodeSpec *spec);

/* For a decoder that has such a tree. */
extern EventReader *EventReaderCreate(const DecodeSpec *spec, Decoder *d);

/* Tell what the event that was just read does: its rows are for MakeEventRows. False: the page fails. */
extern bool TakeEvent(Decoder *d);
extern void MakeEventRows(Decoder *d);

/* The member of the row that a column takes whole; NULL: it takes another value of the row. */
extern const PathStep *EventRowMember(const Decoder *d, const PathColumn *c);
/* What the row's columns read. */
extern PathNode *EventRowNode(const EventReader *e);
/* The values of the last row of the event at hand; NULL: it has none. */
extern const JsonValue *EventRowValue(const EventReader *e);
/* Set present[attnum - 1] of columns that have a role. */
extern void EventMarkPresent(const EventReader *e, bool *present);
/* The value of a column of the row being made was not sent, because it is as it was. */
extern void EventNoteUnsent(Decoder *d, const PathColumn *c);

/* How many events were passed over, for people; NULL: none. */
extern char *EventPassedText(const EventReader *e);

/* ---- event_part.c ---- */

/* Where the parts of the record are. False: the reader failed. */
extern bool EventRead(Decoder *d, EventReader *e);
/* Begin to read a part alone; returns its first token. The decoder's own reader stays where it is. */
extern JsonToken EventPartBegin(EventReader *e, const JsonValue *part);
/* The text of a field that is a string or a number, without quotes; NULL: it is neither. */
extern const char *EventText(const EventReader *e, EventField field, size_t *len);
extern bool EventNumber(const EventReader *e, EventField field, int64 *number);

static inline bool
EventHas(const EventReader *e, EventField field)
{
	return e->fields[field].token != JSON_END && e->fields[field].token != JSON_NULL;
}

/* ---- event_role.c ---- */

/* The roles that columns of the row at hand have. NULL: done; or what is wrong, for a reject. */
extern const char *EventPutRoles(Decoder *d, EventReader *e, const EventRow *row, const char **column);

/* ---- event_schema.c ---- */

/* Let the columns have the types of the event's schema. */
extern void EventTakeSchema(Decoder *d, EventReader *e);

#endif
