/*
 * connect_struct.h
 *	  Values that Debezium sends as an object: numbers with their scale, points and geometries.
 */
#ifndef ELT_DECODE_CONNECT_STRUCT_H
#define ELT_DECODE_CONNECT_STRUCT_H

#include "postgres.h"
#include "decode/packed.h"
#include "lib/stringinfo.h"

#define NO_SRID PG_INT32_MIN

/* The members that such objects have; JSON_END: it does not have it. */
typedef struct ConnectStruct
{
	bool		has_scale;
	int			scale;
	JsonValue	value;
	JsonValue	wkb;
	JsonValue	x;
	JsonValue	y;
	int32		srid;			/* or NO_SRID */
} ConnectStruct;

/* Read an object with a reader that is not used otherwise. False: it has other members. */
extern bool ConnectStructRead(JsonReader *reader, const JsonValue *object, ConnectStruct *parts);

/*
 * Append the hexadecimal text of WKB that PostGIS reads, with the SRID if there is one, which is put into
 * wkb. False: it is no WKB.
 */
extern bool ConnectAppendGeometry(StringInfo text, StringInfo wkb, int32 srid);

#endif
