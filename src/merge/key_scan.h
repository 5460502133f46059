/*
 * key_scan.h
 *	  One pass over the staged rows that looks at nothing but their keys.
 */
#ifndef ELT_MERGE_KEY_SCAN_H
#define ELT_MERGE_KEY_SCAN_H

#include "postgres.h"
#include "merge/shape.h"

typedef struct KeyScan
{
	int64		rows;
	int64		null_keys;		/* rows with a NULL in their key */
	bool		long_keys;		/* one is longer than SHORT_KEY_BYTES, or may be */
	bool		distinct;		/* no key comes twice; false: one seems to */
	int64	   *values;			/* of the range column, of rows with a key, sorted; or NULL */
} KeyScan;

/* False when keys cannot be told apart this way, or are too many. */
extern bool ScanKeys(const MergeShape *shape, KeyScan *scan);

/* The literal of a value of the range column. */
extern char *RangeLiteral(const MergeShape *shape, int64 value);

#endif
