/*
 * pack.h
 *	  Turn the rows of a table into packed ones.
 */
#ifndef ELT_PARTITION_PACK_H
#define ELT_PARTITION_PACK_H

#include "postgres.h"
#include "partition/pack_shape.h"

/*
 * As owner: make the packed table by this quoted name, and fill it with what "FROM ..." has of the rows of
 * a table. Without an index.
 */
extern void PackInto(const char *packed, Oid relid, const PackedShape *shape, const char *from,
					 Oid owner);
/* Its index, by which the key and the time are found. */
extern void PackedIndex(const char *packed, const PackedShape *shape, Oid owner);

#endif
