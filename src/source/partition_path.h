/*
 * partition_path.h
 *	  Values that the directories of a file have in their names, as in "dt=2024-01-01/part.csv".
 */
#ifndef ELT_SOURCE_PARTITION_PATH_H
#define ELT_SOURCE_PARTITION_PATH_H

#include "postgres.h"

/* The name of the directory of a null, after its key. */
#define PARTITION_NULL "__HIVE_DEFAULT_PARTITION__"

/*
 * The value of a key in the directories of a path; NULL: it is a null, or, with *found false, none of
 * them has it. found may be NULL.
 */
extern char *PartitionText(const char *path, const char *key, bool *found);

#endif
