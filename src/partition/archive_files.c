/*
 * archive_files.c
 *	  The files of archives: where they are, their names, and which of them are needed.
 *
 * A file is removed only in a transaction that begins after its row says that it is not needed, since
 * nothing brings it back.
 */
#include "base/compat.h"
#include "partition/archive_files.h"

#include "access/xlog.h"
#include "base/attempt.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "common/string.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "partition/hold.h"
#include "sink/export_place.h"
#include "transport/folder.h"

#define PARQUET_FORMAT "parquet"
#define CSV_FORMAT "csv.zst"

ArchivePlace
ArchivePlaceOf(const char *options)
{
	Sql			q;
	ArchivePlace place;

	SqlBegin(&q, "select $1->>'server', $1->>'path', $1->>'format'");
	SqlAddJsonb(&q, options);
	SqlRun(&q, AsCatalog());
	place.server = SqlText(&q, 0, 1);
	place.path = SqlText(&q, 0, 2);
	place.format = SqlText(&q, 0, 3);
	SqlDone(&q);
	return place;
}

static void
CheckFormat(const char *format)
{
	if (strcmp(format, PARQUET_FORMAT) == 0 || strcmp(format, CSV_FORMAT) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid format of archives: \"%s\"", format),
			 errhint("Valid values are \"%s\" and \"%s\".", PARQUET_FORMAT, CSV_FORMAT)));
}

static void
CheckServer(void *arg)
{
	(void) ExportPlaceOf(arg);
}

/* Foreign tables take such a path as a pattern. */
static void
CheckNoPattern(const char *path)
{
	if (strpbrk(path, "*?[]\\") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("archive_path must not contain any of the characters *?[]\\")));
}

void
ArchivePlaceCheck(const ArchivePlace *place, Oid role)
{
	if (place->path != NULL)
	{
		ExportPathCheck(place->path);
		CheckNoPattern(place->path);
	}
	if (place->format != NULL)
		CheckFormat(place->format);
	if (place->server != NULL)
		RunAs(role, CheckServer, place->server);
}

/* ---- names ---- */

char *
ArchiveMarkOf(Oid relation)
{
	uint64		cluster = GetSystemIdentifier();
	uint32		hash = hash_combine(hash_bytes((unsigned char *) &cluster, sizeof(cluster)),
									hash_combine(murmurhash32(MyDatabaseId), murmurhash32(relation)));

	return psprintf(".%08x", hash);
}

/* Letters that have a meaning in patterns and in names of files, by their numbers. */
static void
AddEscaped(StringInfo name, const char *partition)
{
	for (const char *at = partition; *at != '\0'; at++)
	{
		bool		is_plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
			(*at >= '0' && *at <= '9') || (*at == '_' && at > partition);

		if (is_plain)
			appendStringInfoChar(name, *at);
		else
			appendStringInfo(name, "%%%02X", (unsigned char) *at);
	}
}

static char *
FileName(const char *partition, const ArchivePlace *place, int number, const char *mark)
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfo(&name, "%s/", place->path);
	AddEscaped(&name, partition);
	if (number > 1)
		appendStringInfo(&name, "-%d", number);
	appendStringInfo(&name, "%s.%s", mark, place->format != NULL ? place->format : PARQUET_FORMAT);
	return name.data;
}

char *
ArchiveNewName(Oid relation, const char *partition, const ArchivePlace *place,
			   bool may_roll_back)
{
	ExportPlace files = ExportPlaceOf(place->server);
	const char *mark = may_roll_back ? ArchiveMarkOf(relation) : "";
	int			number = 1;
	char	   *name;

	TransactionLockTake(LOCK_ARCHIVE, GetForeignServerByName(place->server, false)->serverid);
	do
		name = FileName(partition, place, number++, mark);
	while (files.kind->exists(files.place, name) || LedgerHasArchive(place->server, name));
	return name;
}

bool
ArchiveKeepsName(const char *server, const char *path, const ArchivePlace *place)
{
	const char *format = place->format != NULL ? place->format : PARQUET_FORMAT;
	size_t		folder = strrchr(path, '/') - path;
	ExportPlace files;

	if (strcmp(server, place->server) == 0 && strlen(place->path) == folder &&
		strncmp(path, place->path, folder) == 0 && pg_str_endswith(path, psprintf(".%s", format)))
		return true;
	if (GetForeignServerByName(server, true) == NULL)
		return false;
	files = ExportPlaceOf(server);
	return files.kind->exists(files.place, path);
}

/* ---- files of archives that were dropped ---- */

typedef struct Cleaning
{
	Oid			relation;
	bool		more;
	LedgerRow  *row;			/* at hand */
	List	   *folders;		/* ArchivePlace * */
} Cleaning;

static void
RemoveFile(void *arg)
{
	const LedgerRow *row = arg;
	ExportPlace files = ExportPlaceOf(row->archive_server);

	files.kind->remove(files.place, row->archive_path);
}

/* One, unless its rows have been held since. A server that was dropped has no files. */
static void
RemoveDropped(void *arg)
{
	Cleaning   *cleaning = arg;
	ListCell   *lc;

	cleaning->more = false;
	foreach(lc, LedgerWithoutNeed(cleaning->relation))
	{
		LedgerRow  *row = lfirst(lc);

		if (HoldOn(cleaning->relation, &row->part) != NULL)
			continue;
		if (GetForeignServerByName(row->archive_server, true) != NULL)
			RunAs(RelationOwner(cleaning->relation), RemoveFile, row);
		row->archive_server = row->archive_path = row->archive_names = row->archive_proof = NULL;
		LedgerSave(cleaning->relation, row);
		cleaning->more = true;
		return;
	}
}

/* ---- files that were left ---- */

static void
AddFolder(List **folders, const char *server, char *path)
{
	ArchivePlace *place;
	ListCell   *lc;

	foreach(lc, *folders)
	{
		place = lfirst(lc);
		if (strcmp(place->server, server) == 0 && strcmp(place->path, path) == 0)
			return;
	}
	place = palloc0(sizeof(ArchivePlace));
	place->server = pstrdup(server);
	place->path = path;
	*folders = lappend(*folders, place);
}

/* Where the policy lets archives be written, and where there are some. */
static List *
FoldersOf(const Policy *policy)
{
	List	   *folders = NIL;
	ListCell   *lc;
	Sql			q;

	foreach(lc, policy->chain)
	{
		ArchivePlace place = ArchivePlaceOf(((ChainStep *) lfirst(lc))->options);

		if (place.server != NULL && place.path != NULL)
			AddFolder(&folders, place.server, place.path);
	}
	SqlBeginKept(&q, "select distinct archive::jsonb->>'server', "
				 "regexp_replace(archive::jsonb->>'path', '/[^/]*$', '') from elt_catalog.partition "
				 "where relation = $1 and archive is not null");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		AddFolder(&folders, SqlText(&q, i, 1), SqlText(&q, i, 2));
	SqlDone(&q);
	return folders;
}

/* The name that a file, which is not published, was meant to get: ".NAME.PID-N.elt"; NULL: it is another. */
static char *
NameOfTemporary(const char *file)
{
	char	   *name;
	char	   *dot;

	if (file[0] != '.' || !pg_str_endswith(file, ".elt"))
		return NULL;
	name = pstrdup(file + 1);
	name[strlen(name) - strlen(".elt")] = '\0';
	dot = strrchr(name, '.');
	if (dot == NULL || dot[1] == '\0' || strspn(dot + 1, "0123456789-") != strlen(dot + 1))
		return NULL;
	*dot = '\0';
	return name;
}

/* Nobody else writes archives of the table meanwhile. */
static bool
IsLeft(Oid relation, const ArchivePlace *folder, const char *file)
{
	char	   *meant = NameOfTemporary(file);
	const char *name = meant != NULL ? meant : file;
	bool		is_marked = strstr(name, psprintf("%s.", ArchiveMarkOf(relation))) != NULL;
	bool		is_named;

	if (meant == NULL && !is_marked)
		return false;
	is_named = LedgerNamesArchive(relation, folder->server, psprintf("%s/%s", folder->path, name));
	return meant != NULL ? is_marked || is_named : !is_named;
}

static void
CleanFolder(Oid relation, const ArchivePlace *folder)
{
	ExportPlace files;
	ListCell   *lc;

	if (GetForeignServerByName(folder->server, true) == NULL)
		return;
	files = ExportPlaceOf(folder->server);
	foreach(lc, files.kind->list(files.place, folder->path))
		if (IsLeft(relation, folder, lfirst(lc)))
			files.kind->remove(files.place, psprintf("%s/%s", folder->path, (char *) lfirst(lc)));
}

static void
CleanFolders(void *arg)
{
	const Cleaning *cleaning = arg;
	ListCell   *lc;

	foreach(lc, cleaning->folders)
		CleanFolder(cleaning->relation, lfirst(lc));
}

static void
RemoveLeft(void *arg)
{
	Cleaning   *cleaning = arg;
	const Policy *policy = PolicyOf(cleaning->relation);

	cleaning->folders = policy != NULL ? FoldersOf(policy) : NIL;
	if (cleaning->folders != NIL)
		RunAs(RelationOwner(cleaning->relation), CleanFolders, cleaning);
}

ErrorData *
ArchiveFilesClean(Oid relation)
{
	Cleaning	cleaning = {relation};
	ErrorData  *error;

	do
		error = AttemptAndCommit(RemoveDropped, &cleaning);
	while (error == NULL && cleaning.more);
	return error != NULL ? error : AttemptAndCommit(RemoveLeft, &cleaning);
}
