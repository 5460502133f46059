/*
 * file_filter.h
 *	  Which files a SELECT wants, as far as their names tell.
 */
#ifndef ELT_SOURCE_FILE_FILTER_H
#define ELT_SOURCE_FILE_FILTER_H

#include "postgres.h"

typedef struct FileFilter
{
	/* Of a directory: may it hold files that are wanted? */
	bool		(*wants) (struct FileFilter *filter, const char *path, bool is_file);
} FileFilter;

/* NULL wants all. */
static inline bool
FileFilterWants(FileFilter *filter, const char *path, bool is_file)
{
	return filter == NULL || filter->wants(filter, path, is_file);
}

#endif
