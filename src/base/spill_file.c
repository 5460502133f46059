/*
 * spill_file.c
 *	  Temporary files that outlive transactions, within temp_file_limit.
 */
#include "base/compat.h"
#include "base/spill_file.h"

#include "commands/tablespace.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"

#define STEP_BYTES	(1024 * 1024)

/* The next one of temp_tablespaces; the database's own where none is set. */
static Oid
SpillTablespace(void)
{
	Oid			tablespace;

	PrepareTempTablespaces();
	InvalidateCatalogSnapshotConditionally();	/* a run waits without one */
	tablespace = GetNextTempTableSpace();
	return OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace;
}

/*
 * PostgreSQL puts temporary files that outlive transactions into the tablespace of the database,
 * so for as long as it takes to open one that is another one.
 */
File
SpillFileOpen(void)
{
	Oid			own = MyDatabaseTableSpace;
	volatile File file = -1;

	PG_TRY();
	{
		MyDatabaseTableSpace = SpillTablespace();
		file = OpenTemporaryFile(true);
	}
	PG_CATCH();
	{
		MyDatabaseTableSpace = own;
		PG_RE_THROW();
	}
	PG_END_TRY();
	MyDatabaseTableSpace = own;
	return file;
}

static void
Write(File file, const char *data, int len, off_t at)
{
	errno = 0;
	if (FileWrite(file, unconstify(char *, data), len, at, WAIT_EVENT_BUFFILE_WRITE) == len)
		return;
	if (errno == 0)
		errno = ENOSPC;
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not write to a temporary file: %m")));
}

/* FileWrite looks at temp_file_limit before it does anything, so there is nothing to undo. */
bool
SpillFileWrite(File file, const void *data, size_t len, off_t at)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool fits = true;

	PG_TRY();
	{
		for (size_t done = 0; done < len; done += STEP_BYTES)
			Write(file, (const char *) data + done, (int) Min(STEP_BYTES, len - done), at + done);
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_CONFIGURATION_LIMIT_EXCEEDED)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		fits = false;
	}
	PG_END_TRY();
	return fits;
}

static void
Read(File file, char *data, int len, off_t at)
{
	int			nread = FileRead(file, data, len, at, WAIT_EVENT_BUFFILE_READ);

	if (nread < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file: %m")));
	if (nread != len)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("could not read from a temporary file: read only %d of %d bytes", nread,
						len)));
}

void
SpillFileRead(File file, void *data, size_t len, off_t at)
{
	for (size_t done = 0; done < len; done += STEP_BYTES)
		Read(file, (char *) data + done, (int) Min(STEP_BYTES, len - done), at + done);
}
