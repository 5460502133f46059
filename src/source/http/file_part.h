/*
 * file_part.h
 *	  Which fields of a multipart body are sent as files.
 */
#ifndef ELT_SOURCE_HTTP_FILE_PART_H
#define ELT_SOURCE_HTTP_FILE_PART_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct FilePart
{
	char	   *field;			/* as the body writes it */
	char	   *file;			/* name for the receiver */
	char	   *type;
} FilePart;

/* "field file [type], ..." as FilePart *; NIL and *detail when it is not of this form. */
extern List *FilePartsRead(const char *text, const char **detail);

/* That of a field whose name has len bytes, or NULL. */
extern const FilePart *FilePartOf(List *parts, const char *field, size_t len);

#endif
