/*
 * unique_test.c
 *	  SQL door to the set of values that a batch has had, beside a window function.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "native_test.h"
#include "predicate/unique_set.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(compare_unique);

#define MAX_COLUMNS 32

static int
ColumnsOf(Oid relid, ArrayType *array, int *columns, StringInfo list, StringInfo not_null)
{
	Datum	   *names;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *name = TextDatumGetCString(names[i]);

		columns[i] = get_attnum(relid, name) - 1;
		appendStringInfo(list, "%s%s", i > 0 ? ", " : "", quote_identifier(name));
		appendStringInfo(not_null, " AND %s IS NOT NULL", quote_identifier(name));
	}
	return n;
}

/* Does the server say so? */
static bool
Repeats(int row)
{
	bool		isnull;

	return DatumGetBool(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Is there a reason to give up among the first rows? */
static const char *
GaveUp(int nrows)
{
	for (int row = 0; row < nrows; row++)
		if (Repeats(row))
			return "gave up";
	return "gave up, and nothing repeats";
}

/* The verdicts are believed when the set ends with them: before, some may be missing. */
static const char *
CompareRows(Table *table, UniqueSet *set)
{
	int			nrows = table->rows.nrows;
	bool	   *left_out = palloc0(nrows);
	uint8	   *verdicts = palloc(nrows);

	for (int first = 0; first < nrows; first += NATIVE_ROWS)
	{
		RowSpan		rows = {table->rows.values + first * table->rows.natts,
			table->rows.isnull + first * table->rows.natts, table->rows.natts,
			Min(nrows - first, NATIVE_ROWS)};

		if (!UniqueSetAdd(set, &rows, left_out, verdicts + first))
			return GaveUp(first + rows.nrows);
	}
	if (!UniqueSetEnd(set))
		return GaveUp(nrows);
	for (int row = 0; row < nrows; row++)
		if (Repeats(row) != (verdicts[row] == NATIVE_FALSE))
			return psprintf("row %d %s", row + 1, Repeats(row) ? "repeats" : "does not repeat");
	return "same";
}

/* compare_unique(table, columns, nulls_equal, memory): NULL when there is no native form. */
Datum
compare_unique(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	bool		nulls_equal = PG_GETARG_BOOL(2);
	int			columns[MAX_COLUMNS];
	StringInfoData list;
	StringInfoData not_null;
	Table	   *table;
	UniqueSet  *set;
	const char *result;
	int			n;

	SPI_connect();
	initStringInfo(&list);
	initStringInfo(&not_null);
	n = ColumnsOf(relid, PG_GETARG_ARRAYTYPE_P(1), columns, &list, &not_null);
	table = ReadTable(relid);
	set = UniqueSetCreate(table->desc, columns, n, nulls_equal, PG_GETARG_INT64(3));
	if (set == NULL)
	{
		SPI_finish();
		PG_RETURN_NULL();
	}
	SPI_execute(psprintf("SELECT n > 1 AND ok FROM (SELECT ctid AS tid, row_number() OVER (PARTITION BY %s "
						 "ORDER BY ctid) AS n, true%s AS ok FROM %s) AS r ORDER BY tid",
						 list.data, nulls_equal ? "" : not_null.data, quote_identifier(table->name)),
				true, 0);
	result = MemoryContextStrdup(CurTransactionContext, CompareRows(table, set));
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(result));
}
