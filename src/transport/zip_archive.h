/*
 * zip_archive.h
 *	  Read the members of a zip archive.
 *
 * Nothing is unpacked to a disk: a member is a stream of bytes.
 */
#ifndef ELT_TRANSPORT_ZIP_ARCHIVE_H
#define ELT_TRANSPORT_ZIP_ARCHIVE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "transport/body.h"
#include "transport/page.h"

#define ZIP_NAME "zip"			/* as a method of compression */

typedef struct ZipArchive ZipArchive;

/* Do these first bytes of a file begin an archive? */
extern bool IsZipArchive(const unsigned char *bytes, size_t len);

/*
 * Open an archive, which closes fd. It lives as long as cxt and the pages that use it. NULL: *problem
 * says why it is refused; fd is closed, too. max_bytes is the limit for all members together; 0: none.
 */
extern ZipArchive *ZipArchiveOpen(MemoryContext cxt, int fd, const char *name, int64 max_bytes,
								  char **problem);

/*
 * The members (int) that are files and match a pattern, in their order; NULL
 * matches all. Names that begin with a dot are left out.
 */
extern List *ZipArchiveMembers(const ZipArchive *archive, const char *pattern);
extern int	ZipArchiveCount(const ZipArchive *archive);

/* The name of a member in the server encoding. */
extern char *ZipMemberName(const ZipArchive *archive, int member);

/* Streams for a page: of one member, or of the parts that the reader selects by name. */
extern PageStream *ZipMemberStream(ZipArchive *archive, FetchedPage *page, int member);
extern PageStream *ZipPartsStream(ZipArchive *archive, FetchedPage *page);

#endif
