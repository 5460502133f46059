/*
 * output.c
 *	  Files that are written where a server says, each of them whole or not at all.
 */
#include "base/compat.h"
#include "sink/output.h"

#include "base/handle.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static void
CheckHash(const OutputFile *file, int result)
{
	if (result < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute the checksum of file \"%s\": %s", file->name,
						pg_cryptohash_error(file->hash))));
}

static void
Release(void *handle)
{
	OutputFile *file = handle;

	if (file->state != OUTPUT_PUBLISHED)
		file->kind->abort(file);
}

OutputFile *
OutputOpen(const OutputKind *kind, const char *place, const char *name)
{
	OutputFile *file = palloc0(sizeof(OutputFile));

	file->kind = kind;
	file->place = pstrdup(place);
	file->name = pstrdup(name);
	file->cxt = CurrentMemoryContext;
	ReleaseWithContext(file->cxt, Release, file);
	file->hash = pg_cryptohash_create(PG_SHA256);
	CheckHash(file, pg_cryptohash_init(file->hash));
	kind->open(file);
	return file;
}

OutputFile *
OutputFind(const OutputKind *kind, const char *place, const char *name)
{
	OutputFile *file;

	if (!kind->exists(place, name))
		return NULL;
	file = palloc0(sizeof(OutputFile));
	file->kind = kind;
	file->place = pstrdup(place);
	file->name = pstrdup(name);
	file->cxt = CurrentMemoryContext;
	file->state = OUTPUT_PUBLISHED;
	return kind->find(file) ? file : NULL;
}

void
OutputAppend(OutputFile *file, const char *data, size_t len)
{
	CHECK_FOR_INTERRUPTS();
	file->kind->append(file, data, len);
	CheckHash(file, pg_cryptohash_update(file->hash, (const uint8 *) data, len));
	file->bytes += len;
}

void
OutputSeal(OutputFile *file)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	char	   *text = MemoryContextAllocZero(file->cxt, PG_SHA256_DIGEST_STRING_LENGTH);

	CheckHash(file, pg_cryptohash_final(file->hash, digest, sizeof(digest)));
	pg_cryptohash_free(file->hash);
	file->hash = NULL;
	hex_encode((const char *) digest, sizeof(digest), text);
	file->sha256 = text;
	file->kind->seal(file);
	file->state = OUTPUT_SEALED;
}

void
OutputPublish(OutputFile *file, bool replace)
{
	Assert(file->state == OUTPUT_SEALED);
	file->kind->publish(file, replace);
	file->state = OUTPUT_PUBLISHED;
}
