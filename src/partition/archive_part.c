/*
 * archive_part.c
 *	  The action that moves the rows of a partition to a verified file: archive.
 *
 * The name of the file is recorded before it is written, so that a later try replaces what an
 * interrupted one has left, and nothing else. Nobody believes what has been found out before a commit:
 * the transaction that drops the table compares all of its rows with the file first, under a lock
 * that keeps others from writing.
 */
#include "base/compat.h"
#include "partition/remove.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "partition/all_view.h"
#include "partition/busy.h"
#include "sink/archive.h"
#include "sink/export_place.h"
#include "storage/lmgr.h"
#include "utils/guc.h"

typedef struct Place
{
	char	   *server;
	char	   *path;
} Place;

typedef struct Task
{
	PartWork   *work;
	Oid			role;			/* the owner of the table */
	void		(*fn) (PartWork *work);
} Task;

static Place
PlaceOf(const char *options)
{
	Sql			q;
	Place		place;

	SqlBegin(&q, "select $1->>'server', $1->>'path'");
	SqlAddJsonb(&q, options);
	SqlRun(&q, AsCatalog());
	place.server = SqlText(&q, 0, 1);
	place.path = SqlText(&q, 0, 2);
	SqlDone(&q);
	return place;
}

/* ---- with the rights of the table's owner ---- */

/* A policy of row security that hides rows would lose them: it raises an error instead. */
static void
CallTask(void *arg)
{
	Task	   *task = arg;
	int			guc_level = NewGUCNestLevel();

	SettingSet("row_security", "off");
	task->fn(task->work);
	AtEOXact_GUC(true, guc_level);
}

static void
DoAsOwner(PartWork *work, void (*fn) (PartWork *work))
{
	Task		task = {work, RelationOwner(work->policy->relation), fn};

	RunAs(task.role, CallTask, &task);
}

static void
AttemptTask(void *arg)
{
	Task	   *task = arg;

	RunAs(task->role, CallTask, task);
}

/* ---- steps ---- */

/* The next maintenance begins anew, and replaces the file. */
static void
Halt(PartWork *work, char *why)
{
	work->halted = why;
	work->row->step = NULL;
}

/* Whoever dropped the table did not want its rows. */
static bool
TableIsGone(PartWork *work)
{
	if (OidIsValid(work->row->part.relid))
		return false;
	Halt(work, "its table has been dropped");
	work->row->action = NULL;
	work->row->state = "dropped";
	return true;
}

/* Letters that have a meaning in patterns and in names of files, by their numbers. */
static char *
FileName(const char *folder, const char *partition, int number)
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfo(&name, "%s/", folder);
	for (const char *at = partition; *at != '\0'; at++)
	{
		bool		is_plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
			(*at >= '0' && *at <= '9') || (*at == '_' && at > partition);

		if (is_plain)
			appendStringInfoChar(&name, *at);
		else
			appendStringInfo(&name, "%%%02X", (unsigned char) *at);
	}
	if (number > 1)
		appendStringInfo(&name, "-%d", number);
	appendStringInfoString(&name, ".parquet");
	return name.data;
}

/* One that has no file, and that is not meant for another partition. */
static void
FindName(PartWork *work)
{
	LedgerRow  *row = work->row;
	Place		wanted = PlaceOf(work->chain->options);
	ExportPlace place = ExportPlaceOf(wanted.server);
	int			number = 1;

	TransactionLockTake(LOCK_ARCHIVE, GetForeignServerByName(wanted.server, false)->serverid);
	do
		row->archive_path = FileName(wanted.path, row->name, number++);
	while (place.kind->exists(place.place, row->archive_path) ||
		   LedgerHasArchive(wanted.server, row->archive_path));
	row->archive_server = wanted.server;
}

/* An older one would not see what others have written before the table was locked. */
static void
CheckSnapshot(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("partitions can be archived only in transactions of isolation level READ "
						"COMMITTED")));
}

static void
NameArchive(PartWork *work)
{
	CheckSnapshot();
	if (TableIsGone(work))
		return;
	if (work->row->archive_path == NULL)
		DoAsOwner(work, FindName);
}

static void
MakeArchive(PartWork *work)
{
	(void) ArchiveMake(work->row->part.relid, work->row->archive_server, work->row->archive_path,
					   true);
}

/* Readers go on. */
static void
LockPart(void *arg)
{
	LockRelationOid(((PartWork *) arg)->row->part.relid, ExclusiveLock);
}

/* In the caller's transaction nobody may write between the steps. */
static void
WriteArchive(PartWork *work)
{
	if (TableIsGone(work))
		return;
	if (!work->in_job)
		WithLockTimeout(work->policy->lock_timeout_ms, LockPart, work);
	DoAsOwner(work, MakeArchive);
}

static void
Compare(PartWork *work)
{
	LedgerRow  *row = work->row;
	char	   *fault = NULL;

	row->archived_rows = ArchiveCompare(row->part.relid, row->archive_server, row->archive_path,
										&fault);
	if (row->archived_rows < 0)
		Halt(work, fault);
}

/* False when it is to be archived again. */
static bool
IsArchived(PartWork *work)
{
	Task		task = {work, RelationOwner(work->policy->relation), Compare};
	ErrorData  *error;

	CheckSnapshot();
	error = Attempt(AttemptTask, &task);
	if (error != NULL && ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION)
		ReThrowError(error);
	if (error != NULL)
		Halt(work, error->message);
	return work->halted == NULL;
}

/*
 * Rows count as archived when they are nowhere else. In the caller's transaction nothing happens before
 * the drop, which compares them.
 */
static void
VerifyArchive(PartWork *work)
{
	if (TableIsGone(work) || !work->in_job)
		return;
	(void) IsArchived(work);
	work->row->archived_rows = -1;
}

/* The view reads the file before the table goes. */
static void
DropArchived(PartWork *work)
{
	Oid			relation = work->policy->relation;

	if (TableIsGone(work))
		return;
	WithLockTimeout(work->policy->lock_timeout_ms, LockPart, work);
	if (!IsArchived(work))
		return;
	LedgerSave(relation, work->row);
	AllViewRefresh(relation);
	PartDrop(work);
}

/* ---- what a policy says of it ---- */

static void
CheckPlace(void *arg)
{
	(void) ExportPlaceOf(arg);
}

static void
CheckOptions(Oid relation, const char *options)
{
	Place		place = PlaceOf(options);

	if (place.server == NULL || place.path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("archive_server and archive_path must be specified for action \"archive\""),
				 errhint("Specify them in elt.set_policy.")));
	ExportPathCheck(place.path);
	RunAs(RelationOwner(relation), CheckPlace, place.server);
}

static char *
ShowWrite(PartWork *work)
{
	Place		place = PlaceOf(work->chain->options);

	return psprintf("write %s to server \"%s\" below \"%s\"",
					work->row->name, place.server, place.path);
}

static char *
ShowVerify(PartWork *work)
{
	return pstrdup("read the archive back and compare it with the table");
}

static char *
ShowNothing(PartWork *work)
{
	return NULL;
}

static const PartStep archive_steps[] = {
	{"name archive", NameArchive, .show = ShowNothing},
	{"detach", PartDetach, PartDetachStatement, PartShowDetach},
	{"write archive", WriteArchive, .show = ShowWrite},
	{"verify archive", VerifyArchive, .show = ShowVerify},
	{"drop", DropArchived, .show = PartShowDrop},
};

const PartAction archive_action = {
	.name = "archive",
	.done = "archived",
	.state = "detaching",
	.end_state = "archived",
	.from = PART_ATTACHED | PART_DETACHED,
	.to = PART_ARCHIVED,
	.removes = true,
	.in_all_view = true,
	.drops = true,
	.steps = archive_steps,
	.nsteps = lengthof(archive_steps),
	.options = "{server,path}",
	.check_options = CheckOptions,
};
