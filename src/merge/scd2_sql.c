/*
 * scd2_sql.c
 *	  Compute a history from the set of observed rows, whatever order they arrived in.
 *
 * Per key the observed rows, ordered by their time, are collapsed while their state stays the same;
 * each run of equal ones is a version. A batch computes this again from the observation before its
 * earliest row on, and writes the differences. A version that exists with the same content and
 * touches the wanted span keeps its surrogate key.
 *
 * Each statement is planned either to probe the large tables for each row of a work table, or to
 * read work tables whole and hash them; where one does both, the probe is a LATERAL subquery that
 * OFFSET 0 keeps apart. So the cost follows the batch without statistics of work tables. Times at
 * -infinity and infinity are values, not missing bounds.
 */
#include "base/compat.h"
#include "merge/scd2_sql.h"

#include "base/sql.h"
#include "merge/join_settings.h"
#include "merge/late.h"
#include "merge/scd2_work.h"
#include "merge/sequence.h"
#include "utils/guc.h"

/* The fixed rule between rows of one key and sequence: a delete, then the smaller hash. */
#define TIE_ORDER(alias) \
	"(NOT " alias "._deleted, coalesce(" alias "._hash, 0), " alias "._row_hash)"

static char *
Keys(const Scd2 *scd, const char *alias)
{
	return ColumnList(scd->shape->keys, alias);
}

static char *
Match(const Scd2 *scd, const char *left, const char *right)
{
	return KeyMatch(scd->shape, left, right);
}

static List *
AddStep(List *steps, bool probes, char *sql)
{
	Scd2Step   *step = palloc(sizeof(Scd2Step));

	step->probes = probes;
	step->sql = sql;
	return lappend(steps, step);
}

void
Scd2RunSteps(List *steps, Oid role)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		Scd2Step   *step = lfirst(lc);
		int			guc_level = MergeSettingsApply(JoinSettings(step->probes));

		SqlExec(step->sql, role);
		AtEOXact_GUC(true, guc_level);
	}
}

/* Beyond the time, what decides between two rows of one instant; NULL when nothing does. */
static char *
Position(const Scd2 *scd, const char *alias, const char *suffix)
{
	char	   *list = SequenceList(scd->shape, 1, alias, suffix);

	return *list == '\0' ? NULL : list;
}

static void
AppendNewest(StringInfo sql, const Scd2 *scd, const char *rows)
{
	const char *position = Position(scd, NULL, " DESC");
	const char *order = psprintf("%s, %s", Keys(scd, NULL), scd->time->name);

	appendStringInfo(sql, "WITH newest AS (\n\tSELECT DISTINCT ON (%s) * FROM %s\n"
					 "\tORDER BY %s, %s%s_deleted DESC, _hash, _row_hash\n)\n", order,
					 rows, order, position ? position : "", position ? ", " : "");
}

/* What each row is to the log. */
static char *
LoggedFates(const Scd2 *scd, const char *rows)
{
	const char *staged = Position(scd, "s", "");
	const char *stored = Position(scd, "o", "");
	const char *time = scd->time->name;
	const char *equal = staged ? psprintf("(%s) = (%s) AND ", staged, stored) : "";
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s, s._lost,\n\tCASE WHEN o._row_hash IS NULL THEN 'new'\n",
					 Scd2ObservationColumns(scd, "s"));
	if (staged != NULL)
		appendStringInfo(&sql, "\t\tWHEN (%s) > (%s) THEN 'changed'\n", staged, stored);
	appendStringInfo(&sql, "\t\tWHEN %s" TIE_ORDER("s") " < " TIE_ORDER("o") " THEN 'changed'\n"
					 "\t\tWHEN %s" TIE_ORDER("s") " = " TIE_ORDER("o") " THEN 'unchanged'\n"
					 "\t\tELSE 'stale' END AS _fate,\n"
					 "\tcoalesce(%s" TIE_ORDER("s") " <> " TIE_ORDER("o") ", false) AS _is_tie,\n"
					 "\to._row_hash IS NOT NULL AS _is_logged, o._deleted AS _logged_deleted\n",
					 equal, equal, equal);
	appendStringInfo(&sql, "FROM %s AS s\nLEFT JOIN %s AS o ON %s AND o.%s = s.%s",
					 rows, scd->observed, Match(scd, "o", "s"), time, time);
	return sql.data;
}

/* Nothing, or that the version at the row's time is not what the log says of that time. */
static void
AppendMismatch(StringInfo sql, const Scd2 *scd)
{
	const char *time = scd->time->name;

	appendStringInfo(sql, ", checked AS (\n\tSELECT l.*,\n"
					 "\t\tl._is_logged AND v._sk IS NULL AND %s AS _is_missing,\n"
					 "\t\tl._fate = 'unchanged' AND v._sk IS NOT NULL AND %s AS _is_altered\n"
					 "\tFROM logged AS l\n"
					 "\tLEFT JOIN LATERAL (SELECT * FROM (SELECT * FROM %s AS d\n"
					 "\t\tWHERE l._is_logged AND %s AND d.valid_to > l.%s\n"
					 "\t\tORDER BY d.valid_to LIMIT 1) AS d WHERE d.valid_from <= l.%s) AS v ON true\n)\n",
					 scd->marks ? "true" : "NOT l._logged_deleted",
					 Scd2VersionDiffers(scd, "v", "l"), scd->shape->target, Match(scd, "d", "l"),
					 time, time);
}

/*
 * Where the log has a row and the target has not, somebody has changed the target by hand. The
 * version of a time is the next one to end, if it has begun.
 */
char *
Scd2Fates(const Scd2 *scd, const char *rows)
{
	StringInfoData sql;

	initStringInfo(&sql);
	AppendNewest(&sql, scd, rows);
	appendStringInfo(&sql, ", logged AS (\n%s\n)", LoggedFates(scd, "newest"));
	AppendMismatch(&sql, scd);
	appendStringInfo(&sql, "SELECT %s, c._is_tie,\n"
					 "\tc._lost OR c._is_missing OR c._is_altered AS _lost,\n"
					 "\tCASE WHEN c._fate IN ('unchanged', 'stale') AND c._is_missing THEN 'missing'\n"
					 "\t\tWHEN c._is_altered THEN 'altered' ELSE c._fate END AS _fate\n"
					 "FROM checked AS c", Scd2ObservationColumns(scd, "c"));
	return sql.data;
}

static char *
ClassifyStatement(const Scd2 *scd)
{
	const char *columns = Scd2ObservationColumns(scd, NULL);

	return psprintf("INSERT INTO %s (%s, _is_tie, _lost, _fate)\n%s", Scd2Work(scd, "event"),
					columns, Scd2Fates(scd, Scd2Work(scd, "left")));
}

List *
Scd2Classify(const Scd2 *scd)
{
	return AddStep(NIL, true, ClassifyStatement(scd));
}

char *
Scd2Accepted(const Scd2 *scd)
{
	return psprintf("SELECT count(*) FROM %s WHERE _fate IN (" SCD2_ACCEPTED ")",
					Scd2Work(scd, "event"));
}

/*
 * From where on each key's history may change, and the observation before. Where the target was
 * changed by hand that is all that the log has; it may have lost what came before the anchor.
 */
static char *
AffectedStatement(const Scd2 *scd)
{
	const char *time = scd->time->name;
	const char *keys = Keys(scd, NULL);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (%s, _lo, _pivot, _clip, _run_id, _loaded_at)\n"
					 "SELECT %s, a._lo, p._pivot,\n"
					 "\tCASE WHEN p._pivot IS NULL THEN '-infinity' ELSE a._lo END,\n"
					 "\ta._run_id, a._loaded_at\n", Scd2Work(scd, "affected"), keys,
					 Keys(scd, "a"));
	appendStringInfo(&sql, "FROM (SELECT e.*, CASE WHEN e._lost THEN least(e._from,\n"
					 "\t\t(SELECT min(o.%s) FROM %s AS o WHERE %s AND NOT o._pruned))\n"
					 "\t\tELSE e._from END AS _lo\n"
					 "\tFROM (SELECT %s, min(%s) AS _from, max(_run_id) AS _run_id,\n"
					 "\t\t\tmax(_loaded_at) AS _loaded_at,\n"
					 "\t\t\tbool_or(_lost) AS _lost\n"
					 "\t\tFROM %s WHERE _fate IN (" SCD2_ACCEPTED ") GROUP BY %s) AS e OFFSET 0) AS a\n",
					 time, scd->observed, Match(scd, "o", "e"), keys, time, Scd2Work(scd, "event"),
					 keys);
	appendStringInfo(&sql, "CROSS JOIN LATERAL (SELECT max(o.%s) AS _pivot FROM %s AS o\n"
					 "\tWHERE %s AND o.%s < a._lo) AS p", time, scd->observed,
					 Match(scd, "o", "a"), time);
	return sql.data;
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
	const char *columns = Scd2ObservationColumns(scd, NULL);

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

static char *
TrackedBefore(const Scd2 *scd)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, scd->tracked)
	{
		MergeColumn *column = lfirst(lc);

		appendStringInfo(&list, ", lag(o.%s%s) OVER w", column->name, column->cast);
	}
	return list.data;
}

/*
 * The last row of each run of equal states is a version: it has the values that count, and what
 * follows it begins the next one.
 */
static void
AppendVersions(StringInfo sql, const Scd2 *scd)
{
	const char *keys = Keys(scd, NULL);
	const char *time = scd->time->name;
	const char *tracked = "";

	if (scd->tracked != NIL)
		tracked = psprintf(", %s", Comparable(scd->tracked, "o"));
	appendStringInfo(sql, "WITH timeline AS (\n"
					 "\tSELECT %s%s, o.%s AS _effective, o._deleted, o._hash,\n"
					 "\t\tl._lo, l._run_id, l._loaded_at,\n"
					 "\t\to._deleted IS DISTINCT FROM lag(o._deleted) OVER w OR NOT o._deleted\n"
					 "\t\t\tAND (o._hash%s)\n\t\t\tIS DISTINCT FROM (lag(o._hash) OVER w%s) AS _opens\n"
					 "\tFROM %s AS l CROSS JOIN LATERAL (SELECT * FROM %s AS o\n"
					 "\t\tWHERE %s AND o.%s >= coalesce(l._pivot, l._lo) OFFSET 0) AS o\n"
					 "\tWINDOW w AS (PARTITION BY %s ORDER BY o.%s)\n",
					 Keys(scd, "o"), Scd2More(scd->attributes, "o"), time, tracked,
					 TrackedBefore(scd), Scd2Work(scd, "affected"), scd->observed,
					 Match(scd, "o", "l"), time, Keys(scd, "o"), time);
	appendStringInfo(sql, "), version AS (\n"
					 "\tSELECT *, max(_effective) FILTER (WHERE _opens) OVER w AS _begins,\n"
					 "\t\tcoalesce(lead(_effective) OVER w, 'infinity') AS _ends,\n"
					 "\t\tcoalesce(lead(_opens) OVER w, true) AS _is_last,\n"
					 "\t\tfirst_value(_effective) OVER w AS _first\n"
					 "\tFROM timeline WINDOW w AS (PARTITION BY %s ORDER BY _effective)\n)", keys);
}

/* A version that was open before keeps its start, which may lie before the pivot. */
static void
AppendPlaced(StringInfo sql, const Scd2 *scd)
{
	const char *first = "";

	if (scd->first_is_infinite)
		first = "\t\t\tWHEN v._begins = v._first AND NOT v._deleted THEN '-infinity'\n";
	appendStringInfo(sql, ", placed AS (\n\tSELECT v.*,\n"
					 "\t\tCASE WHEN v._begins < v._lo THEN coalesce(h.valid_from, v._begins)\n%s"
					 "\t\t\tELSE v._begins END AS valid_from,\n\t\tv._ends AS valid_to\n"
					 "\tFROM version AS v\n\tLEFT JOIN %s AS h\n"
					 "\t\tON %s AND h.valid_from < v._lo AND v._begins < v._lo\n"
					 "\tWHERE v._is_last%s\n)",
					 first, Scd2Work(scd, "had"), Match(scd, "h", "v"),
					 scd->marks ? "" : " AND NOT v._deleted");
}

/* Same content and touching spans, each side's earliest: the surrogate key stays. */
static void
AppendKept(StringInfo sql, const Scd2 *scd)
{
	const char *keys = Keys(scd, NULL);

	appendStringInfo(sql, ", kept AS (\n\tSELECT %s, _begins, _sk FROM (\n"
					 "\t\tSELECT %s, p._begins, h._sk,\n"
					 "\t\t\trow_number() OVER (PARTITION BY %s, p._begins ORDER BY h.valid_from)"
					 " AS _first_had,\n"
					 "\t\t\trow_number() OVER (PARTITION BY h._sk ORDER BY p.valid_from)"
					 " AS _first_wanted\n"
					 "\t\tFROM placed AS p JOIN %s AS h\n"
					 "\t\t\tON %s AND h._hash IS NOT DISTINCT FROM p._hash\n"
					 "\t\t\tAND h.valid_from <= p.valid_to AND p.valid_from <= h.valid_to\n"
					 "\t) AS c\n\tWHERE _first_had = 1 AND _first_wanted = 1\n)",
					 keys, Keys(scd, "p"), Keys(scd, "p"), Scd2Work(scd, "had"),
					 Match(scd, "h", "p"));
}

static char *
WantedStatement(const Scd2 *scd)
{
	const char *columns = psprintf("%s%s, _begins, valid_from, valid_to, _hash, _deleted, _run_id, "
								   "_loaded_at", Keys(scd, NULL), Scd2More(scd->attributes, NULL));
	const char *placed = psprintf("%s%s, p._begins, p.valid_from, p.valid_to, p._hash, p._deleted,\n"
								  "\tp._run_id, p._loaded_at", Keys(scd, "p"),
								  Scd2More(scd->attributes, "p"));
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (_sk, _is_new, %s)\n", Scd2Work(scd, "wanted"), columns);
	AppendVersions(&sql, scd);
	AppendPlaced(&sql, scd);
	AppendKept(&sql, scd);
	appendStringInfo(&sql, "\nSELECT coalesce(k._sk, %s), k._sk IS NULL,\n\t%s\n"
					 "FROM placed AS p LEFT JOIN kept AS k ON %s AND k._begins = p._begins",
					 Scd2NextKey(scd), placed, Match(scd, "k", "p"));
	return sql.data;
}

static char *
DeleteStatement(const Scd2 *scd)
{
	return psprintf("DELETE FROM %s AS d\nUSING (SELECT _sk FROM %s EXCEPT SELECT _sk FROM %s) AS h\n"
					"WHERE d._sk = h._sk", scd->shape->target, Scd2Work(scd, "had"),
					Scd2Work(scd, "wanted"));
}

/*
 * A version takes the values of its last row: those that are not tracked, those of a delete, and
 * should two states have one hash, the tracked ones.
 */
static char *
UpdateStatement(const Scd2 *scd)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS d SET ", scd->shape->target);
	foreach(lc, scd->attributes)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		appendStringInfo(&sql, "%s = w.%s, ", name, name);
	}
	appendStringInfo(&sql, "valid_from = w.valid_from, valid_to = w.valid_to,\n"
					 "\t_run_id = w._run_id, _loaded_at = w._loaded_at\n"
					 "FROM %s AS w\nWHERE d._sk = w._sk AND NOT w._is_new\n"
					 "\tAND ((d.valid_from, d.valid_to) IS DISTINCT FROM (w.valid_from, w.valid_to)",
					 Scd2Work(scd, "wanted"));
	if (scd->attributes != NIL)
		appendStringInfo(&sql, "\n\t\tOR (%s) IS DISTINCT FROM (%s)",
						 Comparable(scd->attributes, "d"), Comparable(scd->attributes, "w"));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

static char *
InsertStatement(const Scd2 *scd)
{
	const char *columns = psprintf("_sk, %s%s, _hash, valid_from, valid_to%s, _run_id, _loaded_at",
								   Keys(scd, NULL), Scd2More(scd->attributes, NULL),
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
	List	   *steps = AddStep(NIL, true, AffectedStatement(scd));

	steps = AddStep(steps, true, ObserveChanged(scd));
	steps = AddStep(steps, true, ObserveNew(scd));
	steps = AddStep(steps, true, HadStatement(scd));
	steps = AddStep(steps, false, WantedStatement(scd));
	steps = AddStep(steps, true, DeleteStatement(scd));
	steps = AddStep(steps, true, UpdateStatement(scd));
	steps = AddStep(steps, true, InsertStatement(scd));
	return AddStep(steps, false, RestateStatement(scd));
}

List *
Scd2Prune(const Scd2 *scd)
{
	char	   *prune = LatePrune(scd);

	return prune != NULL ? AddStep(NIL, true, prune) : NIL;
}

char *
Scd2Counts(const Scd2 *scd)
{
	const char *time = scd->time->name;

	return psprintf("SELECT count(*) FILTER (WHERE e._fate IN ('new', 'missing') AND opened) AS inserted,\n"
					"\tcount(*) FILTER (WHERE e._fate IN ('changed', 'altered') AND opened) AS updated,\n"
					"\tcount(*) FILTER (WHERE e._fate IN (" SCD2_ACCEPTED ") AND e._deleted) AS deleted,\n"
					"\tcount(*) FILTER (WHERE e._fate = 'stale') AS stale,\n"
					"\tcount(*) FILTER (WHERE e._is_tie) AS ties,\n"
					"\tcount(*) AS events\n"
					"FROM %s AS e LEFT JOIN %s AS w ON %s AND w._begins = e.%s,\n"
					"\tLATERAL (SELECT NOT e._deleted AND w._sk IS NOT NULL AS opened) AS v",
					Scd2Work(scd, "event"), Scd2Work(scd, "wanted"), Match(scd, "w", "e"),
					time);
}
