/*
 * scd2_sql.c
 *	  History as a function of the set of observed rows, whatever order they came in.
 *
 * Per key the observed rows in the order of their time are collapsed where the tracked columns
 * stay the same; each run of equal ones is a version. A batch computes this again from the
 * observation before its earliest row on, and writes what differs. A version that exists with
 * the same content and touches the wanted span keeps its surrogate key.
 *
 * Work tables have statistics and indexes on the key, since guesses about them make plans
 * quadratic. Times at -infinity and infinity are values, not missing bounds.
 */
#include "base/compat.h"
#include "merge/scd2_sql.h"

#include "base/sql.h"
#include "lib/stringinfo.h"
#include "merge/late.h"
#include "merge/sequence.h"
#include "utils/builtins.h"

/* The fixed rule between rows of one key and sequence: a delete, then the smaller hash. */
#define TIE_ORDER(alias) \
	"(NOT " alias "._deleted, coalesce(" alias "._hash, 0), " alias "._row_hash)"

char *
Scd2Work(const Scd2 *scd, const char *what)
{
	return quote_qualified_identifier("elt_staging",
									  psprintf("%s$%s", scd->shape->pipeline->name, what));
}

static char *
Keys(const Scd2 *scd, const char *alias)
{
	return ColumnList(scd->shape->keys, alias);
}

/* ", a.x, a.y", or nothing. */
static char *
More(List *columns, const char *alias)
{
	return columns == NIL ? "" : psprintf(", %s", ColumnList(columns, alias));
}

static char *
Match(const Scd2 *scd, const char *left, const char *right)
{
	return KeyMatch(scd->shape, left, right);
}

static char *
RowHash(List *columns)
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
		appendStringInfo(&row, "%s%s%s", row.len > 0 ? ", " : "", column->name, cast);
	}
	return psprintf("hash_record_extended(ROW(%s), 0)", row.data);
}

static char *
CreateWork(const Scd2 *scd, const char *what, const char *columns)
{
	return psprintf("CREATE UNLOGGED TABLE %s (%s)", Scd2Work(scd, what), columns);
}

List *
Scd2WorkTables(const Scd2 *scd)
{
	const MergeShape *shape = scd->shape;
	const char *keys = Keys(scd, NULL);
	const char *key_columns = Scd2Definitions(shape->keys, false);
	const char *type = scd->time->type;
	List	   *sql = NIL;
	char	   *columns;

	columns = psprintf("%s_run_id bigint, _loaded_at timestamptz, _deleted boolean, "
					   "_hash bigint, _row_hash bigint, _fate text, _is_tie boolean",
					   Scd2Definitions(shape->columns, false));
	sql = lappend(sql, CreateWork(scd, "event", columns));
	columns = psprintf("%s_lo %s, _pivot %s, _clip %s, _run_id bigint, _loaded_at timestamptz, "
					   "PRIMARY KEY (%s)", key_columns, type, type, type, keys);
	sql = lappend(sql, CreateWork(scd, "affected", columns));
	columns = psprintf("_sk bigint PRIMARY KEY, %s_hash bigint, valid_from %s, valid_to %s, "
					   "UNIQUE (%s, valid_from)", key_columns, type, type, keys);
	sql = lappend(sql, CreateWork(scd, "had", columns));
	columns = psprintf("_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, _sk bigint, "
					   "_is_new boolean NOT NULL DEFAULT false, %s%s_begins %s, valid_from %s, "
					   "valid_to %s, _hash bigint, _deleted boolean, _run_id bigint, "
					   "_loaded_at timestamptz, UNIQUE (%s, _begins)", key_columns,
					   Scd2Definitions(scd->attributes, false), type, type, type, keys);
	sql = lappend(sql, CreateWork(scd, "wanted", columns));
	return sql;
}

List *
Scd2DropWorkTables(const Scd2 *scd)
{
	return list_make1(psprintf("DROP TABLE %s, %s, %s, %s", Scd2Work(scd, "event"),
							   Scd2Work(scd, "affected"), Scd2Work(scd, "had"),
							   Scd2Work(scd, "wanted")));
}

static char *
Analyze(const char *table)
{
	return psprintf("ANALYZE %s", table);
}

/* Beyond the time, what decides between two rows of one instant; NULL when nothing does. */
static char *
Position(const Scd2 *scd, const char *alias, const char *suffix)
{
	char	   *list = SequenceList(scd->shape, 1, alias, suffix);

	return *list == '\0' ? NULL : list;
}

static void
AppendNewest(StringInfo sql, const Scd2 *scd)
{
	const MergeShape *shape = scd->shape;
	const char *columns = ColumnList(shape->columns, NULL);
	const char *deleted = shape->deleted ? shape->deleted : "false";
	const char *position = Position(scd, NULL, " DESC");
	const char *order = psprintf("%s, %s", Keys(scd, NULL), scd->time->name);

	appendStringInfo(sql, "WITH event AS (\n\tSELECT %s, _run_id, _loaded_at, %s AS _deleted\n"
					 "\tFROM %s", columns, deleted, shape->staging);
	if (scd->ignores)
		appendStringInfo(sql, "\n\tWHERE NOT %s", deleted);
	appendStringInfo(sql, "\n), hashed AS (\n\tSELECT *, CASE WHEN NOT _deleted THEN %s END AS _hash,\n"
					 "\t\t%s AS _row_hash\n\tFROM event\n), newest AS (\n"
					 "\tSELECT DISTINCT ON (%s) * FROM hashed\n"
					 "\tORDER BY %s, %s%s_deleted DESC, _hash, _row_hash\n)\n",
					 RowHash(scd->tracked), RowHash(scd->attributes), order, order,
					 position ? position : "", position ? ", " : "");
}

/* One read-only join decides what each row is; everything after works on its result. */
static char *
ClassifyStatement(const Scd2 *scd)
{
	const MergeShape *shape = scd->shape;
	const char *staged = Position(scd, "s", "");
	const char *stored = Position(scd, "o", "");
	const char *time = scd->time->name;
	const char *equal = staged ? psprintf("(%s) = (%s) AND ", staged, stored) : "";
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s\n", Scd2Work(scd, "event"));
	AppendNewest(&sql, scd);
	appendStringInfo(&sql, "SELECT %s, s._run_id, s._loaded_at, s._deleted, s._hash, s._row_hash,\n"
					 "\tCASE WHEN o._row_hash IS NULL THEN 'new'\n", ColumnList(shape->columns, "s"));
	if (staged != NULL)
		appendStringInfo(&sql, "\t\tWHEN (%s) > (%s) THEN 'changed'\n", staged, stored);
	appendStringInfo(&sql, "\t\tWHEN %s" TIE_ORDER("s") " < " TIE_ORDER("o") " THEN 'changed'\n"
					 "\t\tWHEN %s" TIE_ORDER("s") " = " TIE_ORDER("o") " THEN 'unchanged'\n"
					 "\t\tELSE 'stale' END,\n"
					 "\tcoalesce(%s" TIE_ORDER("s") " <> " TIE_ORDER("o") ", false)\n",
					 equal, equal, equal);
	appendStringInfo(&sql, "FROM newest AS s\nLEFT JOIN %s AS o ON %s AND o.%s = s.%s",
					 scd->observed, Match(scd, "o", "s"), time, time);
	return sql.data;
}

List *
Scd2Classify(const Scd2 *scd)
{
	return list_make2(ClassifyStatement(scd), Analyze(Scd2Work(scd, "event")));
}

char *
Scd2Accepted(const Scd2 *scd)
{
	return psprintf("SELECT count(*) FROM %s WHERE _fate IN ('new', 'changed')",
					Scd2Work(scd, "event"));
}

/* From where on each key's history may change, and the observation before. */
static char *
AffectedStatement(const Scd2 *scd)
{
	const char *time = scd->time->name;
	const char *keys = Keys(scd, NULL);

	return psprintf("INSERT INTO %s (%s, _lo, _pivot, _clip, _run_id, _loaded_at)\n"
					"SELECT %s, a._lo, p._pivot,\n"
					"\tCASE WHEN p._pivot IS NULL THEN '-infinity' ELSE a._lo END,\n"
					"\ta._run_id, a._loaded_at\n"
					"FROM (SELECT %s, min(%s) AS _lo, max(_run_id) AS _run_id,\n"
					"\t\tmax(_loaded_at) AS _loaded_at\n"
					"\tFROM %s WHERE _fate IN ('new', 'changed') GROUP BY %s) AS a\n"
					"CROSS JOIN LATERAL (SELECT max(o.%s) AS _pivot FROM %s AS o\n"
					"\tWHERE %s AND o.%s < a._lo) AS p",
					Scd2Work(scd, "affected"), keys, Keys(scd, "a"), keys, time,
					Scd2Work(scd, "event"), keys, time, scd->observed, Match(scd, "o", "a"), time);
}

static char *
ObserveChanged(const Scd2 *scd)
{
	const char *time = scd->time->name;
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS o SET ", scd->observed);
	foreach(lc, scd->shape->values)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		appendStringInfo(&sql, "%s = e.%s, ", name, name);
	}
	appendStringInfo(&sql, "_deleted = e._deleted, _hash = e._hash, _row_hash = e._row_hash,\n"
					 "\t_run_id = e._run_id, _loaded_at = e._loaded_at\n"
					 "FROM %s AS e\nWHERE e._fate = 'changed' AND %s AND o.%s = e.%s",
					 Scd2Work(scd, "event"), Match(scd, "o", "e"), time, time);
	return sql.data;
}

static char *
ObserveNew(const Scd2 *scd)
{
	const char *columns = psprintf("%s, _deleted, _hash, _row_hash, _run_id, _loaded_at",
								   ColumnList(scd->shape->columns, NULL));

	return psprintf("INSERT INTO %s (%s)\nSELECT %s FROM %s WHERE _fate = 'new'",
					scd->observed, columns, columns, Scd2Work(scd, "event"));
}

static char *
HadStatement(const Scd2 *scd)
{
	return psprintf("INSERT INTO %s (_sk, %s, _hash, valid_from, valid_to)\n"
					"SELECT d._sk, %s, d._hash, d.valid_from, d.valid_to\n"
					"FROM %s AS l JOIN %s AS d ON %s AND d.valid_to >= l._lo",
					Scd2Work(scd, "had"), Keys(scd, NULL), Keys(scd, "d"),
					Scd2Work(scd, "affected"), scd->shape->target, Match(scd, "d", "l"));
}

static void
AppendVersions(StringInfo sql, const Scd2 *scd)
{
	const char *keys = Keys(scd, NULL);
	const char *time = scd->time->name;

	appendStringInfo(sql, "WITH timeline AS (\n"
					 "\tSELECT %s%s, o.%s AS _effective, o._deleted, o._hash,\n"
					 "\t\tl._lo, l._run_id, l._loaded_at,\n"
					 "\t\tlag(o.%s) OVER w IS NULL OR (o._deleted, o._hash)\n"
					 "\t\t\tIS DISTINCT FROM (lag(o._deleted) OVER w, lag(o._hash) OVER w) AS _opens\n"
					 "\tFROM %s AS l JOIN %s AS o ON %s AND o.%s >= coalesce(l._pivot, l._lo)\n"
					 "\tWINDOW w AS (PARTITION BY %s ORDER BY o.%s)\n",
					 Keys(scd, "o"), More(scd->attributes, "o"), time, time,
					 Scd2Work(scd, "affected"), scd->observed, Match(scd, "o", "l"), time,
					 Keys(scd, "o"), time);
	appendStringInfo(sql, "), numbered AS (\n"
					 "\tSELECT *, count(*) FILTER (WHERE _opens)\n"
					 "\t\tOVER (PARTITION BY %s ORDER BY _effective) AS _nr\n"
					 "\tFROM timeline\n"
					 "), version AS (\n"
					 "\tSELECT DISTINCT ON (%s, _nr) *,\n"
					 "\t\tmin(_effective) OVER (PARTITION BY %s, _nr) AS _begins\n"
					 "\tFROM numbered ORDER BY %s, _nr, _effective DESC\n"
					 "), span AS (\n"
					 "\tSELECT *, coalesce(lead(_begins) OVER (PARTITION BY %s ORDER BY _nr),\n"
					 "\t\t'infinity') AS _ends\n"
					 "\tFROM version\n)\n", keys, keys, keys, keys, keys);
}

/* A version that was open before keeps its start, which may lie before the pivot. */
static char *
WantedStatement(const Scd2 *scd)
{
	const char *first = "";
	StringInfoData sql;

	if (strcmp(scd->shape->pipeline->first_valid_from, "-infinity") == 0)
		first = "\t\tWHEN v._nr = 1 AND NOT v._deleted THEN '-infinity'\n";
	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (%s%s, _begins, valid_from, valid_to, _hash, _deleted,\n"
					 "\t_run_id, _loaded_at)\n", Scd2Work(scd, "wanted"), Keys(scd, NULL),
					 More(scd->attributes, NULL));
	AppendVersions(&sql, scd);
	appendStringInfo(&sql, "SELECT %s%s, v._begins,\n"
					 "\tCASE WHEN v._begins < v._lo THEN h.valid_from\n%s\t\tELSE v._begins END,\n"
					 "\tv._ends, v._hash, v._deleted, v._run_id, v._loaded_at\n"
					 "FROM span AS v\nLEFT JOIN %s AS h\n"
					 "\tON %s AND h.valid_from < v._lo AND v._begins < v._lo%s",
					 Keys(scd, "v"), More(scd->attributes, "v"), first, Scd2Work(scd, "had"),
					 Match(scd, "h", "v"), scd->marks ? "" : "\nWHERE NOT v._deleted");
	return sql.data;
}

/* Same content and touching spans, each side's earliest: the surrogate key stays. */
static char *
MatchStatement(const Scd2 *scd)
{
	return psprintf("UPDATE %s AS w SET _sk = c._sk\nFROM (\n"
					"\tSELECT w._id, h._sk,\n"
					"\t\trow_number() OVER (PARTITION BY w._id ORDER BY h.valid_from) AS _first_had,\n"
					"\t\trow_number() OVER (PARTITION BY h._sk ORDER BY w.valid_from) AS _first_wanted\n"
					"\tFROM %s AS w JOIN %s AS h\n"
					"\t\tON %s AND h._hash IS NOT DISTINCT FROM w._hash\n"
					"\t\tAND h.valid_from <= w.valid_to AND w.valid_from <= h.valid_to\n"
					") AS c\nWHERE w._id = c._id AND c._first_had = 1 AND c._first_wanted = 1",
					Scd2Work(scd, "wanted"), Scd2Work(scd, "wanted"), Scd2Work(scd, "had"),
					Match(scd, "h", "w"));
}

static char *
NumberStatement(const Scd2 *scd)
{
	return psprintf("UPDATE %s SET _is_new = true, _sk = nextval(pg_get_serial_sequence(%s, '_sk'))\n"
					"WHERE _sk IS NULL", Scd2Work(scd, "wanted"),
					quote_literal_cstr(scd->shape->target));
}

static char *
DeleteStatement(const Scd2 *scd)
{
	return psprintf("DELETE FROM %s AS d USING %s AS h\n"
					"WHERE d._sk = h._sk AND NOT EXISTS (SELECT FROM %s AS w WHERE w._sk = h._sk)",
					scd->shape->target, Scd2Work(scd, "had"), Scd2Work(scd, "wanted"));
}

static void
AppendComparable(StringInfo sql, List *columns, const char *alias)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		MergeColumn *column = lfirst(lc);

		appendStringInfo(sql, ", %s.%s%s", alias, column->name, column->cast);
	}
}

/* Of rows in one version only deletes may differ in a tracked column; the last one counts. */
static char *
UpdateStatement(const Scd2 *scd)
{
	List	   *may_differ = scd->marks ? scd->attributes : scd->untracked;
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS d SET ", scd->shape->target);
	foreach(lc, may_differ)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		appendStringInfo(&sql, "%s = w.%s, ", name, name);
	}
	appendStringInfo(&sql, "valid_from = w.valid_from, valid_to = w.valid_to,\n"
					 "\t_run_id = w._run_id, _loaded_at = w._loaded_at\n"
					 "FROM %s AS w\nWHERE d._sk = w._sk AND NOT w._is_new\n"
					 "\tAND (d.valid_from, d.valid_to", Scd2Work(scd, "wanted"));
	AppendComparable(&sql, may_differ, "d");
	appendStringInfoString(&sql, ") IS DISTINCT FROM (w.valid_from, w.valid_to");
	AppendComparable(&sql, may_differ, "w");
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

static char *
InsertStatement(const Scd2 *scd)
{
	const char *columns = psprintf("_sk, %s%s, _hash, valid_from, valid_to%s, _run_id, _loaded_at",
								   Keys(scd, NULL), More(scd->attributes, NULL),
								   scd->marks ? ", _deleted" : "");

	return psprintf("INSERT INTO %s (%s)\nOVERRIDING SYSTEM VALUE\nSELECT %s FROM %s WHERE _is_new",
					scd->shape->target, columns, columns, Scd2Work(scd, "wanted"));
}

static void
AppendCover(StringInfo sql, const Scd2 *scd, const char *name, const char *work)
{
	const char *keys = Keys(scd, NULL);

	appendStringInfo(sql, "%s AS (\n"
					 "\tSELECT %s, v._sk, %s(greatest(v.valid_from, l._clip), v.valid_to) AS _span\n"
					 "\tFROM %s AS v JOIN %s AS l ON %s\n\tWHERE v.valid_to > l._clip\n"
					 "), %s_cover AS (\n\tSELECT %s, range_agg(_span) AS _cover FROM %s GROUP BY %s\n)",
					 name, Keys(scd, "v"), scd->range, Scd2Work(scd, work),
					 Scd2Work(scd, "affected"), Match(scd, "l", "v"), name, keys, name, keys);
}

/* Surrogate key -1 stands for no version, before or after. */
static void
AppendUncovered(StringInfo sql, const Scd2 *scd, const char *from, const char *other,
				const char *keys)
{
	appendStringInfo(sql, "\tUNION ALL\n\tSELECT %s, %s, u._span\n"
					 "\tFROM %s AS a LEFT JOIN %s_cover AS c ON %s,\n"
					 "\t\tLATERAL unnest(%s(a._span) - coalesce(c._cover, '{}')) AS u(_span)\n",
					 Keys(scd, "a"), keys, from, other, Match(scd, "c", "a"), scd->multirange);
}

static char *
RestateStatement(const Scd2 *scd)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (_batch, %s, _old_sk, _new_sk, valid_from, valid_to,\n"
					 "\t_run_id, _loaded_at)\nWITH ", scd->restated, Keys(scd, NULL));
	AppendCover(&sql, scd, "old", "had");
	appendStringInfoString(&sql, ", ");
	AppendCover(&sql, scd, "new", "wanted");
	appendStringInfo(&sql, ", moved(%s, _old_sk, _new_sk, _span) AS (\n"
					 "\tSELECT %s, a._sk, b._sk, a._span * b._span\n"
					 "\tFROM old AS a JOIN new AS b ON %s AND a._span && b._span AND a._sk <> b._sk\n",
					 Keys(scd, NULL), Keys(scd, "a"), Match(scd, "a", "b"));
	AppendUncovered(&sql, scd, "old", "new", "a._sk, -1::bigint");
	AppendUncovered(&sql, scd, "new", "old", "-1::bigint, a._sk");
	appendStringInfo(&sql, ")\nSELECT (SELECT coalesce(max(_batch), 0) + 1 FROM %s), %s,\n"
					 "\tm._old_sk, m._new_sk, lower(m._span), upper(m._span), l._run_id, l._loaded_at\n"
					 "FROM moved AS m JOIN %s AS l ON %s", scd->restated, Keys(scd, "m"),
					 Scd2Work(scd, "affected"), Match(scd, "l", "m"));
	return sql.data;
}

List *
Scd2Write(const Scd2 *scd)
{
	char	   *wanted = Analyze(Scd2Work(scd, "wanted"));
	char	   *prune = LatePrune(scd);
	List	   *sql = list_make2(AffectedStatement(scd), Analyze(Scd2Work(scd, "affected")));

	sql = lappend(sql, ObserveChanged(scd));
	sql = lappend(sql, ObserveNew(scd));
	sql = lappend(sql, HadStatement(scd));
	sql = lappend(sql, Analyze(Scd2Work(scd, "had")));
	sql = lappend(sql, WantedStatement(scd));
	sql = lappend(sql, wanted);
	sql = lappend(sql, MatchStatement(scd));
	sql = lappend(sql, NumberStatement(scd));
	sql = lappend(sql, wanted);
	sql = lappend(sql, DeleteStatement(scd));
	sql = lappend(sql, UpdateStatement(scd));
	sql = lappend(sql, InsertStatement(scd));
	sql = lappend(sql, RestateStatement(scd));
	return prune != NULL ? lappend(sql, prune) : sql;
}

char *
Scd2Counts(const Scd2 *scd)
{
	const char *time = scd->time->name;
	const char *dropped = "0::bigint";

	if (scd->ignores)
		dropped = psprintf("(SELECT count(*) FROM %s WHERE %s)", scd->shape->staging,
						   scd->shape->deleted);
	return psprintf("SELECT count(*) FILTER (WHERE e._fate = 'new' AND opened) AS inserted,\n"
					"\tcount(*) FILTER (WHERE e._fate = 'changed' AND opened) AS updated,\n"
					"\tcount(*) FILTER (WHERE e._fate IN ('new', 'changed') AND e._deleted) AS deleted,\n"
					"\tcount(*) FILTER (WHERE e._fate = 'stale') AS stale,\n"
					"\tcount(*) FILTER (WHERE e._is_tie) AS ties,\n"
					"\tcount(*) AS events, %s AS dropped\n"
					"FROM %s AS e LEFT JOIN %s AS w ON %s AND w._begins = e.%s,\n"
					"\tLATERAL (SELECT NOT e._deleted AND w._id IS NOT NULL AS opened) AS v",
					dropped, Scd2Work(scd, "event"), Scd2Work(scd, "wanted"),
					Match(scd, "w", "e"), time);
}
