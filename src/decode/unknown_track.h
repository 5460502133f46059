/*
 * unknown_track.h
 *	  Track members of records that no column reads.
 */
#ifndef ELT_DECODE_UNKNOWN_TRACK_H
#define ELT_DECODE_UNKNOWN_TRACK_H

#include "postgres.h"
#include "decode/decoder.h"

/* A member that no node has. */
extern void UnknownNote(Decoder *d, PathNode *node, const char *name, size_t len);
/* Keep the text of the record that has just been read. */
extern void UnknownKeepRecord(Decoder *d);

#endif
