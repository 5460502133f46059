/*
 * restore.c
 *	  elt.restore_partition: load partitions back from their archives.
 *
 * A partition is made beside its table, filled, compared with the archive and attached, so that no
 * trigger of the table is executed.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "funcapi.h"
#include "partition/all_view.h"
#include "partition/archive_proof.h"
#include "partition/archive_table.h"
#include "partition/ledger.h"
#include "partition/legal_hold.h"
#include "partition/maintain.h"
#include "partition/missing.h"
#include "partition/retention.h"
#include "sink/table_sum.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_restore_partition);

typedef struct Filling
{
	const Policy *policy;
	const LedgerRow *row;
	const char *table;			/* qualified and quoted */
} Filling;

static void
Load(const Filling *filling, Oid owner)
{
	char	   *columns = InsertedColumns(filling->policy->relation);

	SqlExec(psprintf("INSERT INTO %s (%s) SELECT %s FROM %s", filling->table, columns, columns,
					 ArchiveForeignTable(filling->row)), owner);
}

/* What it has is what its file has, read a second time. */
static void
Prove(void *arg)
{
	const Filling *filling = arg;
	const LedgerRow *row = filling->row;
	char	   *columns = InsertedColumns(filling->policy->relation);
	RowSum		table = QuerySum(psprintf("SELECT %s FROM %s", columns, filling->table), NULL);
	RowSum		file = QuerySum(psprintf("SELECT %s FROM %s", columns, ArchiveForeignTable(row)), NULL);
	char	   *fault = NULL;

	if (file.rows != row->archived_rows)
		fault = psprintf("file \"%s\" has %lld rows in place of %lld", row->archive_path,
						 (long long) file.rows, (long long) row->archived_rows);
	else if (!RowSumsAreEqual(file, table))
		fault = psprintf("its rows differ from those of file \"%s\"", row->archive_path);
	else if (!ArchiveProofHolds(filling->policy->relation, row))
		fault = psprintf("file \"%s\" does not have the rows that were archived", row->archive_path);
	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("partition \"%s\" cannot be restored: %s", row->name, fault)));
}

static void
Fill(const char *table, void *arg)
{
	Filling    *filling = arg;
	Oid			owner = RelationOwner(filling->policy->relation);

	filling->table = table;
	Load(filling, owner);
	RunAs(owner, Prove, filling);
}

/* It is no longer where the rows are. */
static void
ForgetArchive(const Policy *policy, const LedgerRow *archived)
{
	LedgerRow	row = *archived;

	row.state = "dropped";
	row.archive_server = row.archive_path = row.archive_names = row.archive_proof = NULL;
	row.archived_rows = -1;
	LedgerSave(policy->relation, &row);
}

/* The file is the partition's, which replaces it when it expires again. */
static void
GiveFile(const Policy *policy, const LedgerRow *archived, const char *name)
{
	LedgerRow	by_name = {.name = pstrdup(name)};
	LedgerRow  *row = LedgerAgain(policy->relation, &by_name);

	row->archive_server = archived->archive_server;
	row->archive_path = archived->archive_path;
	LedgerSave(policy->relation, row);
}

static char *
Restore(const Policy *policy, LedgerRow *row)
{
	PartitionBounds bounds = {row->part.lower, row->part.upper};
	Filling		filling = {policy, row};
	char	   *name;

	ForgetArchive(policy, row);
	name = PartitionAddFilled(policy, &bounds, Fill, &filling);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("table \"%s\" has a partition in the range of archive \"%s\"",
						RelationLabel(policy->relation), row->archive_path),
				 errhint("Detach that partition first, and insert its rows afterwards.")));
	GiveFile(policy, row, name);
	ArchiveTableForget(policy, row);
	/* retention would archive it again at once */
	(void) HoldRows(policy->relation, &row->part, "restored");
	return name;
}

static void
RestoreAll(ReturnSetInfo *result, const Policy *policy, int64 from, int64 to)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, LedgerArchived(policy->relation))
	{
		LedgerRow  *row = lfirst(lc);
		bool		nulls[4] = {false, row->part.is_number, row->part.is_number, false};
		Datum		values[4] = {
			0, TimestampTzGetDatum(row->part.lower), TimestampTzGetDatum(row->part.upper),
			Int64GetDatum(row->archived_rows)
		};

		if (row->part.is_number != policy->by_number || row->part.lower >= to || row->part.upper <= from)
			continue;
		values[0] = CStringGetTextDatum(Restore(policy, row));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		found = true;
	}
	if (!found)
		ereport(NOTICE,
				(errmsg("table \"%s\" has no archived partition in the range",
						RelationLabel(policy->relation))));
}

static void
CheckNotGiven(FunctionCallInfo fcinfo, int first, bool by_number)
{
	if (!PG_ARGISNULL(first) || !PG_ARGISNULL(first + 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 by_number ?
				 errmsg("from_time and to_time are only for tables partitioned by time") :
				 errmsg("from_value and to_value are only for tables partitioned by number")));
}

/* Times and numbers are both 8-byte integers, and have their least and greatest values without a limit. */
static void
ReadRange(FunctionCallInfo fcinfo, const Policy *policy, int64 *from, int64 *to)
{
	int			first = policy->by_number ? 3 : 1;

	CheckNotGiven(fcinfo, policy->by_number ? 1 : 3, policy->by_number);
	*from = PG_ARGISNULL(first) ? DT_NOBEGIN : PG_GETARG_INT64(first);
	*to = PG_ARGISNULL(first + 1) ? DT_NOEND : PG_GETARG_INT64(first + 1);
	if (*from >= *to)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 policy->by_number ? errmsg("from_value must be less than to_value") :
				 errmsg("from_time must be before to_time")));
}

Datum
elt_restore_partition(PG_FUNCTION_ARGS)
{
	Oid			relation;
	const Policy *policy;
	int64		from;
	int64		to;

	RequireArg(fcinfo, 0, "relation");
	relation = PG_GETARG_OID(0);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	(void) RelationsOfCaller(relation);
	RetentionTakeTurn(PolicyOf(relation));
	AllViewRefresh(relation);
	policy = PolicyOf(relation);
	ReadRange(fcinfo, policy, &from, &to);
	RestoreAll((ReturnSetInfo *) fcinfo->resultinfo, policy, from, to);
	AllViewRefresh(relation);
	SPI_finish();
	return (Datum) 0;
}
