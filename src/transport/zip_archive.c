/*
 * zip_archive.c
 *	  Read the members of a zip archive.
 *
 * The archive is kept open by the pages that read it, in malloc'd memory: their contexts may go in any
 * order.
 */
#include "base/compat.h"
#include "transport/zip_archive.h"

#include <fnmatch.h>
#include <unistd.h>
#include <zip.h>

#include "base/errors.h"
#include "base/handle.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "transport/beneath.h"
#include "utils/memutils.h"

#define CHUNK_SIZE (256 * 1024)
#define MAX_MEMBERS 10000

struct ZipArchive
{
	zip_t	   *zip;
	int			users;			/* contexts that keep it open */
	int64		bytes;			/* that have come out of it */
	int64		max_bytes;
	char		name[FLEXIBLE_ARRAY_MEMBER];
};

typedef struct ZipStream
{
	PageStream	stream;
	ZipArchive *archive;
	FetchedPage *page;
	int			member;			/* -1: none is selected */
	zip_file_t *file;			/* NULL: not begun */
	bool		ended;
	int64		bytes;			/* of the member, so far */
	char	   *buffer;
} ZipStream;

bool
IsZipArchive(const unsigned char *bytes, size_t len)
{
	return len >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0);
}

/* ---- the archive ---- */

static void
Release(void *arg)
{
	ZipArchive *archive = arg;

	if (--archive->users > 0)
		return;
	zip_discard(archive->zip);
	ReleaseExternalFD();
	free(archive);
}

static void
KeepOpen(ZipArchive *archive, MemoryContext cxt)
{
	ReleaseWithContext(cxt, Release, archive);
	archive->users++;
}

/* What the system says; NULL: it is the archive's fault, for which each version of libzip has other words. */
static char *
SystemText(zip_error_t *error)
{
	if (zip_error_system_type(error) == ZIP_ET_SYS || zip_error_code_zip(error) == ZIP_ER_MEMORY)
		return pstrdup(zip_error_strerror(error));
	return NULL;
}

static char *
OpenProblem(const char *name, int code)
{
	zip_error_t error;
	char	   *text;

	zip_error_init_with_code(&error, code);
	text = SystemText(&error);
	zip_error_fini(&error);
	if (text != NULL)
		return psprintf("could not open archive \"%s\": %s", name, text);
	return psprintf("file \"%s\" is truncated or not a valid zip archive", name);
}

static const char *
MemberProblem(zip_error_t *error)
{
	const char *text = SystemText(error);

	if (text != NULL)
		return text;
	switch (zip_error_code_zip(error))
	{
		case ZIP_ER_CRC:
			return "its checksum does not match";
		case ZIP_ER_NOPASSWD:
		case ZIP_ER_WRONGPASSWD:
		case ZIP_ER_ENCRNOTSUPP:
			return "it is encrypted";
		case ZIP_ER_COMPNOTSUPP:
			return "its compression method is not supported";
		default:
			return "it is damaged";
	}
}

/* A member must not have a name that leads out of the directory where somebody unpacks it. */
static bool
IsSafeName(const char *name)
{
	char	   *copy = pstrdup(name);
	size_t		len = strlen(copy);

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\\')
			*p = '/';
	if (len > 0 && copy[len - 1] == '/')
		copy[len - 1] = '\0';
	return copy[0] != '/' && IsNameBeneath(copy);
}

static char *
ProblemOf(const ZipArchive *archive)
{
	zip_int64_t count = zip_get_num_entries(archive->zip, 0);

	if (count > MAX_MEMBERS)
		return psprintf("archive \"%s\" has %lld members, more than %d", archive->name,
						(long long) count, MAX_MEMBERS);
	for (zip_int64_t i = 0; i < count; i++)
		if (!IsSafeName(zip_get_name(archive->zip, i, ZIP_FL_ENC_GUESS)))
			return psprintf("archive \"%s\" has a member \"%s\", whose name leads out of it",
							archive->name, ZipMemberName(archive, i));
	return NULL;
}

static ZipArchive *
NewArchive(const char *name, int64 max_bytes)
{
	ZipArchive *archive = calloc(1, offsetof(ZipArchive, name) + strlen(name) + 1);

	if (archive == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	memcpy(archive->name, name, strlen(name) + 1);
	archive->max_bytes = max_bytes;
	return archive;
}

ZipArchive *
ZipArchiveOpen(MemoryContext cxt, int fd, const char *name, int64 max_bytes, char **problem)
{
	ZipArchive *archive = NewArchive(name, max_bytes);
	int			code;

	archive->zip = zip_fdopen(fd, 0, &code);
	if (archive->zip == NULL)
	{
		close(fd);
		free(archive);
		*problem = OpenProblem(name, code);
		return NULL;
	}
	ReserveExternalFD();
	KeepOpen(archive, cxt);
	*problem = ProblemOf(archive);
	return *problem == NULL ? archive : NULL;
}

int
ZipArchiveCount(const ZipArchive *archive)
{
	return zip_get_num_entries(archive->zip, 0);
}

char *
ZipMemberName(const ZipArchive *archive, int member)
{
	const char *name = zip_get_name(archive->zip, member, ZIP_FL_ENC_GUESS);

	return pg_any_to_server(pstrdup(name), strlen(name), PG_UTF8);
}

/* Does a part of the name begin with a dot, or did a Mac add the member for its own purposes? */
static bool
IsHidden(const char *name)
{
	return name[0] == '.' || strstr(name, "/.") != NULL || strncmp(name, "__MACOSX/", 9) == 0;
}

/* A pattern without a slash is one of the last part of the name. */
static bool
Matches(const char *name, const char *pattern)
{
	const char *slash = strrchr(name, '/');

	if (pattern == NULL)
		return true;
	if (slash != NULL && strchr(pattern, '/') == NULL)
		name = slash + 1;
	return fnmatch(pattern, name, FNM_PATHNAME) == 0;
}

List *
ZipArchiveMembers(const ZipArchive *archive, const char *pattern)
{
	List	   *members = NIL;

	for (int i = 0; i < ZipArchiveCount(archive); i++)
	{
		const char *name = ZipMemberName(archive, i);

		if (name[strlen(name) - 1] != '/' && !IsHidden(name) && Matches(name, pattern))
			members = lappend_int(members, i);
	}
	return members;
}

/* ---- a stream ---- */

static void
CloseMember(void *arg)
{
	ZipStream  *s = arg;

	if (s->file != NULL)
		(void) zip_fclose(s->file);
	s->file = NULL;
}

pg_attribute_noreturn()
static void
RaiseBroken(ZipStream *s, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("could not read member \"%s\" of archive \"%s\": %s",
					ZipMemberName(s->archive, s->member), s->archive->name, what),
			 errdetail("%lld bytes of data were read before the error.", (long long) s->bytes)));
	pg_unreachable();
}

static void
Count(ZipStream *s, int64 len)
{
	ZipArchive *archive = s->archive;

	s->bytes += len;
	s->page->bytes += len;
	archive->bytes += len;
	if (archive->max_bytes == 0 || archive->bytes <= archive->max_bytes)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("file \"%s\" exceeds the limit of " INT64_FORMAT " bytes when decompressed",
					archive->name, archive->max_bytes),
			 errhint("If the file is valid, increase option \"max_file_bytes\" of the server.")));
}

static void
OpenMember(ZipStream *s)
{
	s->file = zip_fopen_index(s->archive->zip, s->member, 0);
	if (s->file == NULL)
		RaiseBroken(s, MemberProblem(zip_get_error(s->archive->zip)));
}

static bool
NextChunk(void *state, const char **data, size_t *len)
{
	ZipStream  *s = state;
	zip_int64_t got;

	*len = 0;
	if (s->member < 0 || s->ended)
		return false;
	CHECK_FOR_INTERRUPTS();
	if (s->file == NULL)
		OpenMember(s);
	got = zip_fread(s->file, s->buffer, CHUNK_SIZE);
	if (got < 0)
		RaiseBroken(s, MemberProblem(zip_file_get_error(s->file)));
	s->ended = got == 0;
	if (s->ended)
	{
		CloseMember(s);
		return false;
	}
	Count(s, got);
	*data = s->buffer;
	*len = got;
	return true;
}

static void
Rewind(void *state)
{
	ZipStream  *s = state;

	CloseMember(s);
	s->ended = false;
	s->archive->bytes -= s->bytes;
	s->page->bytes -= s->bytes;
	s->bytes = 0;
}

/* What has been read of other parts stays counted. */
static bool
Select(void *state, const char *part)
{
	ZipStream  *s = state;

	CloseMember(s);
	s->ended = false;
	s->bytes = 0;
	s->member = zip_name_locate(s->archive->zip, part, ZIP_FL_NOCASE);
	return s->member >= 0;
}

static ZipStream *
NewStream(ZipArchive *archive, FetchedPage *page)
{
	ZipStream  *s = MemoryContextAllocZero(page->cxt, sizeof(ZipStream));

	KeepOpen(archive, page->cxt);
	ReleaseWithContext(page->cxt, CloseMember, s);
	s->archive = archive;
	s->page = page;
	s->buffer = MemoryContextAlloc(page->cxt, CHUNK_SIZE);
	s->stream.next = NextChunk;
	s->stream.rewind = Rewind;
	s->stream.state = s;
	return s;
}

PageStream *
ZipMemberStream(ZipArchive *archive, FetchedPage *page, int member)
{
	ZipStream  *s = NewStream(archive, page);

	s->member = member;
	return &s->stream;
}

PageStream *
ZipPartsStream(ZipArchive *archive, FetchedPage *page)
{
	ZipStream  *s = NewStream(archive, page);

	s->member = -1;
	s->stream.select = Select;
	return &s->stream;
}
