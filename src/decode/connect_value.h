/*
 * connect_value.h
 *	  Values as Kafka Connect's JSON converter writes them.
 */
#ifndef ELT_DECODE_CONNECT_VALUE_H
#define ELT_DECODE_CONNECT_VALUE_H

#include "postgres.h"
#include "decode/connect_schema.h"
#include "decode/decoder.h"

struct EventReader;

/* What a column can take. */
typedef enum ConnectTarget
{
	CONNECT_TO_OTHER,
	CONNECT_TO_NUMBER,
	CONNECT_TO_DATE,
	CONNECT_TO_TIMESTAMP,		/* with or without a time zone */
	CONNECT_TO_TIME,
	CONNECT_TO_INTERVAL,
	CONNECT_TO_TEXT,
	CONNECT_TO_JSON,
	CONNECT_TO_BYTES,
	CONNECT_TO_BITS,
	CONNECT_TO_POINT
} ConnectTarget;

typedef struct ConnectColumn
{
	struct EventReader *events;
	ConnectTarget target;
	ConnectType absent;			/* of its values where there is no schema */
	bool		is_declared;	/* by its format, which a schema does not change */
	ConnectType type;			/* of those at hand */
} ConnectColumn;

/*
 * For a column; given may say in option "format" what its values are, and then does not any more. In the
 * current memory context.
 */
extern ConnectColumn *ConnectColumnCreate(Form_pg_attribute att, DecodeColumn *given);

/*
 * What a column's converter reads in place of a value, as long as no other value is read. False: there
 * is nothing to convert, or it cannot be, which is noted.
 */
extern bool ConnectRead(Decoder *d, PathColumn *c, const JsonValue *value, JsonValue *plain);

#endif
