/*
 * column_path.h
 *	  Where the value of a column stands in a page.
 */
#ifndef ELT_DECODE_COLUMN_PATH_H
#define ELT_DECODE_COLUMN_PATH_H

#include "postgres.h"
#include "decode/path.h"

/*
 * The path from the root of the page; path NULL: that of the column's own name. records NULL: the
 * default, of pages whose root is an array or is not.
 */
extern Path *ColumnPath(const char *records, bool root_is_array, const char *path,
						const char *column);

/* Does a path begin with all elements of the root? */
extern bool PathBeginsInArray(const char *records);

extern bool PathsEqual(const Path *a, const Path *b);

#endif
