/*
 * scd2_work.c
 *	  The work tables of an scd2 merge, and the terms that its statements share.
 */
#include "base/compat.h"
#include "merge/scd2_work.h"

#include "base/item_list.h"
#include "lib/stringinfo.h"
#include "load/work.h"
#include "utils/builtins.h"

char *
Scd2Work(const Scd2 *scd, const char *what)
{
	return WorkTable(scd->shape->pipeline, what);
}

static const char *const work_tables[] = {"left", "event", "affected", "had", "wanted"};

#define FIRST_FOR_HISTORY 1

static char *
WorkColumns(const Scd2 *scd, const char *what)
{
	const char *keys = Scd2Definitions(scd->shape->keys, false);
	const char *columns = Scd2Definitions(scd->shape->columns, false);
	const char *state = "_deleted boolean, _hash bigint, _row_hash bigint, _run_id bigint, "
		"_loaded_at timestamp with time zone, _lost boolean";
	const char *type = scd->time->type;

	if (strcmp(what, "left") == 0)
		return psprintf("%s%s", columns, state);
	if (strcmp(what, "event") == 0)
		return psprintf("%s%s, _fate pg_catalog.text, _is_tie boolean", columns, state);
	if (strcmp(what, "affected") == 0)
		return psprintf("%s_lo %s, _pivot %s, _clip %s, _run_id bigint, "
						"_loaded_at timestamp with time zone",
						keys, type, type, type);
	if (strcmp(what, "had") == 0)
		return psprintf("_sk bigint, %s_hash bigint, valid_from %s, valid_to %s", keys, type, type);
	return psprintf("_sk bigint, _is_new boolean, %s%s_begins %s, valid_from %s, valid_to %s, "
					"_hash bigint, _deleted boolean, _run_id bigint, "
					"_loaded_at timestamp with time zone", keys,
					Scd2Definitions(scd->attributes, false), type, type, type);
}

void
Scd2BeginLeft(const Scd2 *scd)
{
	WorkTableBegin(scd->shape->pipeline, "left", WorkColumns(scd, "left"));
}

void
Scd2BeginHistory(const Scd2 *scd)
{
	for (int i = FIRST_FOR_HISTORY; i < lengthof(work_tables); i++)
		WorkTableBegin(scd->shape->pipeline, work_tables[i], WorkColumns(scd, work_tables[i]));
}

void
Scd2EndLeft(const Scd2 *scd)
{
	WorkTableEnd(scd->shape->pipeline, "left");
}

void
Scd2EndHistory(const Scd2 *scd)
{
	for (int i = FIRST_FOR_HISTORY; i < lengthof(work_tables); i++)
		WorkTableEnd(scd->shape->pipeline, work_tables[i]);
}

void
Scd2WorkText(const Scd2 *scd, StringInfo text)
{
	for (int i = 0; i < lengthof(work_tables); i++)
		appendStringInfo(text, "CREATE UNLOGGED TABLE IF NOT EXISTS %s (%s);\n",
						 Scd2Work(scd, work_tables[i]), WorkColumns(scd, work_tables[i]));
}

void
Scd2EmptyText(const Scd2 *scd, StringInfo text)
{
	for (int i = 0; i < lengthof(work_tables); i++)
		appendStringInfo(text, "%s%s", i == 0 ? "TRUNCATE " : ", ", Scd2Work(scd, work_tables[i]));
}

char *
Scd2ObservationColumns(const Scd2 *scd, const char *alias)
{
	const char *prefix = alias ? psprintf("%s.", alias) : "";

	return psprintf("%s, %s_deleted, %s_hash, %s_row_hash, %s_run_id, %s_loaded_at",
					ColumnList(scd->shape->columns, alias), prefix, prefix, prefix, prefix, prefix);
}

char *
Scd2More(List *columns, const char *alias)
{
	return columns == NIL ? "" : psprintf(", %s", ColumnList(columns, alias));
}

char *
Scd2RowHash(List *columns)
{
	StringInfoData row;
	ListCell   *lc;

	if (columns == NIL)
		return "0::bigint";
	initStringInfo(&row);
	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);
		const char *cast = column->cast;

		if (*cast == '\0' && !column->hashable)
			cast = "::text";
		AppendItem(&row, ", ", "%s%s", column->name, cast);
	}
	return psprintf("hash_record_extended(ROW(%s), 0)", row.data);
}

char *
Scd2StatesDiffer(const Scd2 *scd, const char *left, const char *right)
{
	char	   *states = psprintf("(%s._deleted, %s._hash) IS DISTINCT FROM (%s._deleted, %s._hash)",
								  left, left, right, right);

	if (scd->tracked == NIL)
		return states;
	return psprintf("%s\n\t\t\tOR NOT %s._deleted AND (%s) IS DISTINCT FROM (%s)", states, left,
					Comparable(scd->tracked, left), Comparable(scd->tracked, right));
}

char *
Scd2VersionDiffers(const Scd2 *scd, const char *version, const char *row)
{
	StringInfoData sql;

	initStringInfo(&sql);
	if (scd->marks)
		appendStringInfo(&sql, "%s._deleted <> %s._deleted", version, row);
	else
		appendStringInfo(&sql, "%s._deleted", row);
	if (scd->tracked != NIL)
		appendStringInfo(&sql, " OR NOT %s._deleted AND (%s) IS DISTINCT FROM (%s)", row,
						 Comparable(scd->tracked, version), Comparable(scd->tracked, row));
	return psprintf("(%s)", sql.data);
}

char *
Scd2NextKey(const Scd2 *scd)
{
	return psprintf("nextval((SELECT pg_get_serial_sequence(%s, '_sk')::regclass))",
					quote_literal_cstr(scd->shape->target));
}
