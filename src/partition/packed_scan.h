/*
 * packed_scan.h
 *	  Read the rows of a packed table.
 */
#ifndef ELT_PARTITION_PACKED_SCAN_H
#define ELT_PARTITION_PACKED_SCAN_H

#include "postgres.h"
#include "nodes/execnodes.h"
#include "partition/pack_shape.h"

/*
 * Of a plan whose fdw_exprs are values, and whose fdw_private has for each of them the number of the column
 * that is compared with it, operator and collation (Oid), and then the numbers of the needed columns.
 */
extern void PackedScanBegin(ForeignScanState *node, int eflags);
extern TupleTableSlot *PackedScanNext(ForeignScanState *node);
extern void PackedScanAgain(ForeignScanState *node);
extern void PackedScanEnd(ForeignScanState *node);
/* An option of a foreign table, or NULL. */
extern char *PackedOption(List *options, const char *name);

#endif
