/*
 * archive.c
 *	  elt.make_archive: the rows of a table as a file from which they can be restored.
 *
 * The name of the file says its format. A numeric without precision has no type in Parquet, so it is
 * written as text, from which a column of numeric is read again.
 */
#include "base/compat.h"
#include "sink/archive.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "base/errors.h"
#include "base/sql_name.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "common/string.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "sink/decimal.h"
#include "sink/export_files.h"
#include "sink/export_place.h"
#include "sink/read_back.h"
#include "sink/row_hash.h"
#include "sink/table_sum.h"
#include "sink/value_text.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#define NCOLUMNS 4

const char *const ArchiveCsvSuffix = ".csv.zst";

static const RowFormat *
FormatOf(const char *path)
{
	return pg_str_endswith(path, ArchiveCsvSuffix) ? &CsvRows : &ParquetRows;
}

/* What the column is written as in Parquet; NULL: as it is. */
static const char *
WrittenType(Form_pg_attribute att)
{
	int32		typmod = att->atttypmod;
	Oid			type = getBaseTypeAndTypmod(att->atttypid, &typmod);
	Oid			element = get_element_type(type);
	int			precision;
	int			scale;

	if (getBaseTypeAndTypmod(OidIsValid(element) ? element : type, &typmod) != NUMERICOID)
		return NULL;
	if (NumericPrecision(typmod, &precision, &scale) && precision <= DECIMAL_MAX_PRECISION)
		return NULL;
	return OidIsValid(element) ? "text[]" : "text";
}

static void
AddColumns(StringInfo query, TupleDesc desc, const RowFormat *format)
{
	const char *separator = "";

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		const char *name = quote_identifier(NameStr(att->attname));
		const char *type;

		if (att->attisdropped)
			continue;
		type = format == &ParquetRows ? WrittenType(att) : NULL;
		if (type != NULL)
			appendStringInfo(query, "%s%s::pg_catalog.%s AS %s", separator, name, type, name);
		else
			appendStringInfo(query, "%s%s", separator, name);
		separator = ", ";
	}
}

/* The index of the primary key, or InvalidOid. */
static Oid
PrimaryKey(Relation relation)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(relation))
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(lc)));
		bool		is_primary = HeapTupleIsValid(tuple) &&
			((Form_pg_index) GETSTRUCT(tuple))->indisprimary;

		if (HeapTupleIsValid(tuple))
			ReleaseSysCache(tuple);
		if (is_primary)
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

static void
AddOrder(StringInfo query, Relation relation)
{
	Oid			key = PrimaryKey(relation);
	Relation	index;

	if (!OidIsValid(key))
		return;
	index = index_open(key, AccessShareLock);
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		int			column = index->rd_index->indkey.values[i] - 1;
		const char *name = NameStr(TupleDescAttr(RelationGetDescr(relation), column)->attname);

		appendStringInfo(query, "%sarchived.%s", i == 0 ? " ORDER BY " : ", ",
						 quote_identifier(name));
	}
	index_close(index, NoLock);
}

static char *
ArchiveQuery(Oid relid, const RowFormat *format, bool ordered)
{
	Relation	relation = RelationOpen(relid, AccessShareLock);
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	AddColumns(&query, RelationGetDescr(relation), format);
	appendStringInfo(&query, " FROM %s AS archived", QuotedRelation(relid));
	if (ordered)
		AddOrder(&query, relation);
	relation_close(relation, NoLock);
	return query.data;
}

static const RowFileOptions file_options = {
	.codec = PARQUET_ZSTD,
	.group_rows = DEFAULT_GROUP_ROWS,
	.group_bytes = DEFAULT_GROUP_BYTES,
};

ExportedFile *
ArchiveMake(Oid relation, const char *server, const char *path, bool replace)
{
	ExportSpec	spec = {
		.query = ArchiveQuery(relation, FormatOf(path), true),
		.server = server,
		.path = path,
		.format = FormatOf(path),
		.options = file_options,
		.if_exists = replace ? IF_EXISTS_REPLACE : IF_EXISTS_ERROR,
		.verify = !replace,
	};

	return linitial(ExportRun(&spec));
}

/* ---- comparing ---- */

typedef struct Reading
{
	OutputFile *file;
	const RowFormat *format;
	TupleDesc	desc;
	RowSum		sum;
} Reading;

static void
ReadFile(void *arg)
{
	Reading    *reading = arg;

	reading->sum = ReadBack(reading->file, reading->format, &file_options, reading->desc);
}

bool
ArchiveCompare(Oid relation, const char *server, const char *path, ArchivedRows *rows, char **fault)
{
	ExportPlace place = ExportPlaceOf(server);
	Reading		reading = {.format = FormatOf(path)};
	RowSum		table;

	reading.file = OutputFind(place.kind, place.place, path);
	if (reading.file == NULL)
	{
		*fault = psprintf("file \"%s\" is gone", path);
		return false;
	}
	table = QuerySum(ArchiveQuery(relation, reading.format, false), &reading.desc);
	WithFixedStyle(ReadFile, &reading);
	rows->desc = reading.desc;
	rows->sum = reading.sum;
	if (RowSumsAreEqual(table, reading.sum))
		return true;
	*fault = psprintf("file \"%s\" does not have the rows that its table has", path);
	return false;
}

bool
ArchiveRead(const char *server, const char *path, TupleDesc desc, RowSum *sum)
{
	ExportPlace place = ExportPlaceToRead(server);
	Reading		reading = {.format = FormatOf(path), .desc = desc};

	reading.file = OutputFind(place.kind, place.place, path);
	if (reading.file == NULL)
		return false;
	WithFixedStyle(ReadFile, &reading);
	*sum = reading.sum;
	return true;
}

PG_FUNCTION_INFO_V1(elt_make_archive);
Datum
elt_make_archive(PG_FUNCTION_ARGS)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};
	TupleDesc	desc;
	const ExportedFile *file;

	RequireArg(fcinfo, 0, "relation");
	RequireArg(fcinfo, 1, "server");
	RequireArg(fcinfo, 2, "path");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != NCOLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("elt.make_archive must return %d columns", NCOLUMNS)));
	file = ArchiveMake(PG_GETARG_OID(0), NameStr(*PG_GETARG_NAME(1)),
					   text_to_cstring(PG_GETARG_TEXT_PP(2)), false);
	values[0] = CStringGetTextDatum(file->name);
	values[1] = Int64GetDatum(file->rows);
	values[2] = Int64GetDatum(file->bytes);
	values[3] = CStringGetTextDatum(file->sha256);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
