/*
 * file_source.h
 *	  The kind of source for files of the server.
 *
 * Each file is a slice with params {"file": "name relative to root"}, so that a column with
 * lineage 'file' is an ordinary param that WHERE can restrict.
 */
#ifndef ELT_SOURCE_FILE_FILE_SOURCE_H
#define ELT_SOURCE_FILE_FILE_SOURCE_H

#include "postgres.h"
#include "source/definition.h"
#include "source/file_policy.h"
#include "source/kind.h"
#include "source/page_format.h"

typedef struct FileSource
{
	char	   *root;			/* directory of all files */
	char	   *glob;			/* relative to it */
	PageFormat	format;
	char	   *compression;	/* none, gzip, ..., zip or auto */
	char	   *members;		/* pattern of the members of an archive; NULL: all */
	int64		max_bytes;		/* of one file, after decompression */
} FileSource;

/* The key in lineage 'partition dt'; NULL: it is none. */
extern const char *PartitionOfLineage(const char *lineage);

/* In file_feed.c */
extern const struct Feed FileFeed;

#endif
