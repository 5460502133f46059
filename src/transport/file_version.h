/*
 * file_version.h
 *	  Which version of a file was read: size, time and checksum.
 */
#ifndef ELT_TRANSPORT_FILE_VERSION_H
#define ELT_TRANSPORT_FILE_VERSION_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "transport/stream_hash.h"

typedef struct FileVersion
{
	int64		size;			/* when it was opened */
	TimestampTz modified;
	char	   *checksum;		/* of all of it; NULL: not known, or not wanted */

	/* private */
	int			fd;				/* its own */
	const char *name;			/* for messages */
	bool		wants_checksum;
	StreamHash	hash;			/* of what was read so far, from its beginning */
	char		text[17];		/* of the checksum */
} FileVersion;

/* Of an open file, in the current memory context, with which it lives. */
extern FileVersion *FileVersionNote(int fd, const char *name, bool wants_checksum);

/* It is being read from its beginning. */
extern void FileVersionRewind(FileVersion *version);
/* These are its next bytes; none at its end. */
extern void FileVersionAdd(FileVersion *version, const char *data, size_t len);

/*
 * What has happened to the file since it was opened, or NULL when it is as it was. Completes the
 * checksum if a reader has left some of the file.
 */
extern char *FileVersionVerify(FileVersion *version);

#endif
