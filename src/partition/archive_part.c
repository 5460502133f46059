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
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "partition/all_view.h"
#include "partition/archive_files.h"
#include "partition/archive_proof.h"
#include "partition/busy.h"
#include "partition/packed_table.h"
#include "sink/archive.h"
#include "sink/export_place.h"
#include "storage/lmgr.h"
#include "utils/guc.h"

typedef struct Task
{
	PartWork   *work;
	Oid			role;			/* the owner of the table */
	void		(*fn) (PartWork *work);
} Task;

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

static void
FindName(PartWork *work)
{
	LedgerRow  *row = work->row;
	ArchivePlace place = ArchivePlaceOf(work->chain->options);

	row->archive_path = ArchiveNewName(work->policy->relation, row->name, &place, !work->in_job);
	row->archive_server = place.server;
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

/* Its name is recorded by this transaction, before the next one writes the file. */
static bool
IsElsewhere(PartWork *work)
{
	LedgerRow  *row = work->row;
	ArchivePlace place = ArchivePlaceOf(work->chain->options);

	if (ArchiveKeepsName(row->archive_server, row->archive_path, &place))
		return false;
	FindName(work);
	Halt(work, psprintf("the policy has changed, and its archive will be \"%s\"",
						row->archive_path));
	return true;
}

static void
HintAtFormat(void *arg)
{
	if (geterrcode() == ERRCODE_DATA_EXCEPTION)
		errhint("Set archive_format, or \"format\" of the step, to csv.zst.");
}

static void
MakeArchive(PartWork *work)
{
	ErrorContextCallback hint = {error_context_stack, HintAtFormat};

	if (IsElsewhere(work))
		return;
	error_context_stack = &hint;
	(void) ArchiveMake(work->row->part.relid, work->row->archive_server, work->row->archive_path,
					   true);
	error_context_stack = hint.previous;
}

/* Readers go on. */
static void
LockPart(void *arg)
{
	Oid			part = ((PartWork *) arg)->row->part.relid;
	Oid			packed = PackedTableOf(part);

	LockRelationOid(part, ExclusiveLock);
	if (OidIsValid(packed))
		LockRelationOid(packed, ExclusiveLock);
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
	ArchivedRows rows;
	char	   *fault = NULL;

	if (!ArchiveCompare(row->part.relid, row->archive_server, row->archive_path, &rows, &fault))
	{
		Halt(work, fault);
		return;
	}
	row->archived_rows = rows.sum.rows;
	row->archive_proof = ArchiveProofOf(work->policy->relation, &rows);
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

/* In <table>_archive, the archive will replace the packed rows. */
static void
LeavePlace(void *arg)
{
	PartWork   *work = arg;

	PackedDetach(work->policy, work->row->part.relid);
	work->row->state = pstrdup("archived");
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
	if (StateOf(work->row) == PART_PACKED)
		WithLockTimeout(work->policy->lock_timeout_ms, LeavePlace, work);
	LedgerSave(relation, work->row);
	AllViewRefresh(relation);
	PartDrop(work);
}

/* ---- what a policy says of it ---- */

static void
CheckOptions(Oid relation, const char *options)
{
	ArchivePlace place = ArchivePlaceOf(options);

	if (place.server == NULL || place.path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("archive_server and archive_path must be specified for action \"archive\""),
				 errhint("Specify them in elt.set_policy, in the step of the chain, or as options of the "
						 "pipeline.")));
	ArchivePlaceCheck(&place, RelationOwner(relation));
}

static char *
ShowWrite(PartWork *work)
{
	ArchivePlace place = ArchivePlaceOf(work->chain->options);

	return psprintf("write %s to server \"%s\" below \"%s\", read it back and compare it",
					work->row->name, place.server, place.path);
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
	{"drop", DropArchived, .show = PartShowDrop},
};

const PartAction archive_action = {
	.name = "archive",
	.done = "archived",
	.state = "detaching",
	.end_state = "archived",
	.from = PART_ATTACHED | PART_DETACHED | PART_PACKED,
	.to = PART_ARCHIVED,
	.removes = true,
	.in_all_view = true,
	.drops = true,
	.steps = archive_steps,
	.nsteps = lengthof(archive_steps),
	.options = "{server,path,format}",
	.check_options = CheckOptions,
};
