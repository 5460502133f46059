/*
 * file_ledger.h
 *	  The ledger: what is known of each file of a pipeline's source, elt_catalog.file.
 *
 * There may be very many files, so each function is one statement. What has landed changes in the
 * landing transaction alone.
 */
#ifndef ELT_CATALOG_FILE_LEDGER_H
#define ELT_CATALOG_FILE_LEDGER_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/staged.h"

typedef enum FileState
{
	FILE_SEEN,					/* to be loaded */
	FILE_SETTLING,				/* it may not be complete */
	FILE_LANDED,
	FILE_CHANGED,				/* since it landed */
	FILE_REJECTED,				/* as a whole */
	FILE_GONE,					/* it is not there any more */
	FILE_DISPOSING,				/* to be moved or deleted */
	FILE_DISPOSED
} FileState;

/* A file in the ledger, as long as the callback that takes it. */
typedef struct LedgerFile
{
	const char *name;			/* not terminated */
	size_t		name_len;
	int64		size;			/* as it was listed last; -1: it was not there */
	TimestampTz modified;
	TimestampTz seen_at;		/* since when it is listed so */
	FileState	state;
	bool		has_landed;		/* a version of it, whose rows count */
	bool		is_read;		/* a version of it: the rest is about the last one */
	bool		read_landed;	/* else it was rejected */
	int64		read_size;
	TimestampTz read_modified;
	char	   *checksum;		/* in a copy; NULL: not known */
	char	   *definition;		/* in a copy: under which it was rejected; NULL: it was not */

	/* private */
	Datum		checksum_value; /* 0: null */
	Datum		definition_value;
} LedgerFile;

/* What a listing changes in the ledger. */
typedef struct LedgerChange
{
	const char *name;
	int64		size;
	TimestampTz modified;
	TimestampTz seen_at;
	FileState	state;
	const char *problem;		/* for which it is rejected without being read; or NULL */
} LedgerChange;

/* Call take for each file in the ledger, of these buckets (char *, numbers) or all for NIL. */
extern void FileLedgerRead(const Pipeline *p, List *buckets,
						   void (*take) (void *arg, const LedgerFile *file), void *arg);
/* A copy without the name, which outlives the callback. */
extern LedgerFile *FileLedgerCopy(const LedgerFile *file);
/* Record what a listing has found out (LedgerChange *), for a run. */
extern void FileLedgerWrite(const Pipeline *p, int64 run_id, List *changes);
/* These (char *) are not there any more. */
extern void FileLedgerMarkGone(const Pipeline *p, List *names);
/*
 * Record what became of the files of a batch; in the landing transaction, before it is forgotten.
 * Those that landed, or were rejected, are to be moved or deleted, or not.
 */
extern void FileLedgerLand(const Pipeline *p, int64 run_id, bool dispose_landed,
						   bool dispose_rejected);

/* A file that is to be moved or deleted. */
typedef struct DisposableFile
{
	char	   *name;
	int64		size;
	TimestampTz modified;
	char	   *checksum;		/* NULL: not known */
	bool		has_landed;		/* else it was rejected */
	FileState	outcome;		/* result: disposed, or as before if it has changed meanwhile */
	char	   *problem;		/* result: why it could not be disposed of; or NULL */
} DisposableFile;

/* Those (DisposableFile *) that no other pipeline with the same source has to read yet. */
extern List *FileLedgerDisposable(const Pipeline *p);
/* Record their results. */
extern void FileLedgerDispose(const Pipeline *p, List *files);

/* Forget all files; how many. */
extern int64 FileLedgerClear(const Pipeline *p);
/* Forget one; false: it is not known. */
extern bool FileLedgerForget(const Pipeline *p, const char *name);
/* Load one again; false: it is not known. */
extern bool FileLedgerReload(const Pipeline *p, const char *name);

#endif
