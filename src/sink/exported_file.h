/*
 * exported_file.h
 *	  What is told of a file that was exported.
 */
#ifndef ELT_SINK_EXPORTED_FILE_H
#define ELT_SINK_EXPORTED_FILE_H

#include "postgres.h"

typedef struct ExportedFile
{
	char	   *name;			/* below the server's root */
	int64		rows;
	int64		bytes;
	char	   *sha256;
} ExportedFile;

#endif
