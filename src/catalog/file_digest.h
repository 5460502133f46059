/*
 * file_digest.h
 *	  Digests of the ledger of files, so that those that are known and unchanged need not be read.
 *
 * The files of a pipeline fall into buckets by their names. A bucket has a digest if nothing must be
 * decided about its files as long as a listing shows those that have landed, as they were read, and no
 * others: the sum of the digests of these. Whoever changes what the ledger says of a file forgets the
 * digest of its bucket in the same transaction.
 */
#ifndef ELT_CATALOG_FILE_DIGEST_H
#define ELT_CATALOG_FILE_DIGEST_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "common/hashfn.h"
#include "datatype/timestamp.h"

#define FILE_BUCKETS 1024

/* As elt_catalog.file.bucket: the low half is hashtext of the name. */
static inline uint64
FileNameHash(const char *name, size_t len)
{
	return hash_bytes_extended((const unsigned char *) name, len, 0);
}

static inline int
FileBucket(uint64 name_hash)
{
	return name_hash % FILE_BUCKETS;
}

static inline uint64
MixBits(uint64 bits)
{
	bits = (bits ^ (bits >> 33)) * UINT64CONST(0xff51afd7ed558ccd);
	bits = (bits ^ (bits >> 33)) * UINT64CONST(0xc4ceb9fe1a85ec53);
	return bits ^ (bits >> 33);
}

/* Of a file as it is listed. */
static inline uint64
FileDigest(uint64 name_hash, int64 size, TimestampTz modified)
{
	return MixBits(MixBits(MixBits(name_hash) + size) + modified);
}

/* Read those of all buckets; how many have one. */
extern int	FileDigestsRead(const Pipeline *p, uint64 *digests, bool *found);
/* Keep those of some buckets. */
extern void FileDigestsKeep(const Pipeline *p, const uint64 *digests, const bool *wanted);
/* Forget those of the buckets of these names (char *). */
extern void FileDigestsForget(const Pipeline *p, List *names);

#endif
