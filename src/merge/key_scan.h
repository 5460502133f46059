/*
 * key_scan.h
 *	  Read the staged rows once for their keys only.
 */
#ifndef ELT_MERGE_KEY_SCAN_H
#define ELT_MERGE_KEY_SCAN_H

#include "postgres.h"
#include "merge/repeated_rows.h"
#include "merge/shape.h"
#include "merge/stretches.h"

typedef struct KeyScan
{
	int64		rows;
	int64		null_keys;		/* rows with a NULL in their key */
	int64		repeats;		/* rows whose key an earlier row has; -1: not known */
	RepeatedRows *repeated;		/* these, and the earlier ones */
	bool		long_keys;		/* one is longer than SHORT_KEY_BYTES, or may be */
	Stretches  *values;			/* of the range column, of rows with a key; or NULL */
} KeyScan;

/* False when keys cannot be told apart this way. */
extern bool ScanKeys(const MergeShape *shape, KeyScan *scan);

/* The literal of a value of the range column. */
extern char *RangeLiteral(const MergeShape *shape, int64 value);

#endif
