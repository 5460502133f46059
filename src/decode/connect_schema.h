/*
 * connect_schema.h
 *	  The schema that Kafka Connect's JSON converter sends with a value.
 */
#ifndef ELT_DECODE_CONNECT_SCHEMA_H
#define ELT_DECODE_CONNECT_SCHEMA_H

#include "postgres.h"
#include "decode/json_reader.h"
#include "nodes/pg_list.h"

/* What a value means beside its JSON. */
typedef enum ConnectKind
{
	CONNECT_UNKNOWN,			/* there is no schema */
	CONNECT_PLAIN,				/* what it is in JSON */
	CONNECT_DATE,				/* days since 1970 */
	CONNECT_TIMESTAMP,			/* ticks since 1970, without a time zone */
	CONNECT_TIME,				/* ticks since midnight */
	CONNECT_DURATION,			/* ticks */
	CONNECT_YEAR,
	CONNECT_DECIMAL,			/* base64 of an integer, of which scale digits are a fraction */
	CONNECT_BYTES,				/* base64 */
	CONNECT_BITS,				/* base64, the lowest byte first */
	CONNECT_OTHERS				/* a list or a map of values that are not plain */
} ConnectKind;

typedef struct ConnectType
{
	ConnectKind kind;
	int64		tick;			/* nanoseconds */
	int			scale;
	int			length;			/* of CONNECT_BITS; 0: not told */
	const char *name;			/* "io.debezium.time.Date", for messages; or NULL */
} ConnectType;

typedef struct ConnectField
{
	const char *name;
	ConnectType type;
	List	   *fields;			/* ConnectField *, of a struct */
} ConnectField;

/*
 * Read a schema, whose first token was just read, into the current memory context. NULL: the reader
 * failed, or it is none.
 */
extern ConnectField *ConnectSchemaRead(JsonReader *reader, JsonToken token);

/* A field of a struct, or NULL. */
extern const ConnectField *ConnectFieldFind(const ConnectField *parent, const char *name, size_t len);

#endif
