/*
 * member_sync.c
 *	  Keep the members of a dimension as its source has them, and the keys of facts with them.
 */
#include "base/compat.h"
#include "star/member_sync.h"

#include "base/item_list.h"
#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "merge/target.h"
#include "star/fact.h"
#include "star/group_members.h"
#include "star/kept_rows.h"
#include "star/member.h"
#include "star/restate_facts.h"
#include "star/star_watch.h"
#include "star/stored_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* What the statements of one dimension have in common. */
typedef struct Sync
{
	const Dimension *d;
	List	   *keys;			/* MemberColumn * */
	List	   *attributes;
	const char *key;			/* quoted */
	const char *durable;		/* quoted, of a history */
	int64		written;
} Sync;

static bool forgets = false;

void
MembersForget(void (*fn) (void *arg), void *arg)
{
	bool		outer = forgets;

	PG_TRY();
	{
		forgets = true;
		fn(arg);
	}
	PG_FINALLY();
	{
		forgets = outer;
	}
	PG_END_TRY();
}

static Sync
SyncOf(const Dimension *d)
{
	Sync		s = {d};

	s.keys = MemberSourceKey(d);
	s.attributes = MemberAttributes(d);
	s.key = quote_identifier(d->stored_key);
	if (MembersKeepHistory(d))
		s.durable = quote_identifier(d->stored_durable);
	return s;
}

static void
Write(Sync *s, const char *statement)
{
	s->written += SqlExec(statement, s->d->role);
}

/* "w.a, w.b"; "a, b" without an alias */
static char *
Keys(const Sync *s, const char *alias)
{
	return QuotedColumns(s->d->natural_key, alias);
}

/* ", w.c, w.d" or "" */
static char *
Attributes(const Sync *s, const char *alias)
{
	return s->attributes == NIL ? "" :
		psprintf(", %s", QuotedColumns(s->d->attributes, alias));
}

static char *
Nulls(List *columns)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
		appendStringInfo(&sql, ", %s = NULL", ((MemberColumn *) lfirst(lc))->quoted);
	return sql.data;
}

/* "a = w.a, " of an UPDATE */
static char *
Assignments(List *columns)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
		appendStringInfo(&sql, "%s = w.%s, ", ((MemberColumn *) lfirst(lc))->quoted,
						 ((MemberColumn *) lfirst(lc))->quoted);
	return sql.data;
}

/* ---- what the source has ---- */

static bool
SourceHas(const Dimension *d, const char *column)
{
	return get_attnum(d->source, column) > 0;
}

/* A delete that a merge keeps as a row. */
static const char *
IsThere(const Dimension *d)
{
	return SourceHas(d, "_deleted") ? " AND s._deleted IS NOT TRUE" : "";
}

static bool
SourceHasKey(const Dimension *d)
{
	return StarCanWatch(d->source) && TargetLeadingColumn(d->source, d->natural_key) != NULL;
}

static char *
AsText(List *columns, const char *alias)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
		appendStringInfo(&sql, ", %s.%s::text", alias, ((MemberColumn *) lfirst(lc))->quoted);
	return sql.data;
}

/* Of several rows of a member any would do; it is always the same. */
static char *
WantedMembers(const Sync *s)
{
	const Dimension *d = s->d;
	const char *keys = Keys(s, "s");
	const char *ends = d->valid_to == NULL ? NULL :
		psprintf("coalesce(s.%s, 'infinity')", quote_identifier(d->valid_to));
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	if (!SourceHasKey(d))
		appendStringInfo(&sql, "DISTINCT ON (%s) ", keys);
	appendStringInfo(&sql, "%s%s, ", keys, Attributes(s, "s"));
	if (ends != NULL)
		appendStringInfo(&sql, "%s <> 'infinity' AS _deleted", ends);
	else
		appendStringInfoString(&sql, "false AS _deleted");
	appendStringInfo(&sql, " FROM %s s JOIN elt_touched k ON %s%s", QuotedRelation(d->source),
					 MemberMatch(s->keys, "s", "k", NIL), IsThere(d));
	if (!SourceHasKey(d))
	{
		appendStringInfo(&sql, " ORDER BY %s", keys);
		if (ends != NULL)
			appendStringInfo(&sql, ", %s DESC", ends);
		appendStringInfoString(&sql, AsText(s->attributes, "s"));
	}
	return sql.data;
}

/* What identifies a version in its source: its own key, or when it began. */
static char *
VersionOf(const Dimension *d)
{
	const char *begins = quote_identifier(d->valid_from);

	if (SourceHas(d, "_sk"))
		return "s._sk";
	return psprintf("CASE WHEN isfinite(s.%s) THEN (extract(epoch FROM s.%s) * 1000000)::bigint"
					" ELSE -9223372036854775808 END", begins, begins);
}

/* A version ends where the next one begins, so that no instant has two, whatever the source has. */
static char *
VersionsOfSource(const Sync *s)
{
	const Dimension *d = s->d;
	const char *keys = Keys(s, "s");
	const char *begins = psprintf("coalesce(s.%s, '-infinity')", quote_identifier(d->valid_from));
	const char *ends = psprintf("coalesce(s.%s, 'infinity')", quote_identifier(d->valid_to));
	const char *version = VersionOf(d);

	return psprintf("SELECT %s%s, %s AS _version, %s AS _from,"
					" least(%s, lead(%s) OVER (PARTITION BY %s ORDER BY %s, %s)) AS _to"
					" FROM %s s JOIN elt_touched k ON %s AND %s < %s%s",
					keys, Attributes(s, "s"), version, begins, ends, begins, keys, begins,
					version, QuotedRelation(d->source), MemberMatch(s->keys, "s", "k", NIL), begins,
					ends, IsThere(d));
}

/*
 * The first version of a member takes the place of the inferred one, and the time before it. The
 * rows have all of a version: its key, an old or a new one, that of the member, and its bounds.
 */
static char *
WantedVersions(const Sync *s)
{
	const Dimension *d = s->d;

	return psprintf("SELECT %s%s, w._version, w._from, w._to, w._is_last, w._is_new, w._key, w._known,\n"
					"\tcoalesce(w._known, first_value(w._key) OVER"
					" (PARTITION BY %s ORDER BY w._from)) AS _durable\n"
					"FROM (SELECT %s%s, v._version, v._to, v._is_last,\n"
					"\tCASE WHEN v._n = 1 AND h._begins = '-infinity' THEN '-infinity'"
					" ELSE v._from END AS _from,\n"
					"\tcoalesce(m.%s, i.%s) IS NULL AS _is_new,\n"
					"\tcoalesce(m.%s, i.%s, %s) AS _key, h._durable AS _known\n"
					"FROM (SELECT c.*, row_number() OVER p AS _n, lead(c._from) OVER p IS NULL AS _is_last\n"
					"\tFROM (%s) c WHERE c._from < c._to\n"
					"\tWINDOW p AS (PARTITION BY %s ORDER BY c._from)) v\n"
					"LEFT JOIN %s m ON %s AND m._version = v._version\n"
					"LEFT JOIN %s i ON %s AND i.is_inferred AND v._n = 1\n"
					"LEFT JOIN (SELECT %s, min(h.valid_from) AS _begins, min(h.%s) AS _durable\n"
					"\tFROM %s h JOIN elt_touched k ON %s GROUP BY %s) h ON %s) w",
					Keys(s, "w"), Attributes(s, "w"), Keys(s, "w"),
					Keys(s, "v"), Attributes(s, "v"),
					s->key, s->key, s->key, s->key, MemberNextKey(d),
					VersionsOfSource(s), Keys(s, "c"),
					d->table, MemberMatch(s->keys, "m", "v", NIL),
					d->table, MemberMatch(s->keys, "i", "v", NIL),
					Keys(s, "h"), s->durable,
					d->table, MemberMatch(s->keys, "h", "k", NIL), Keys(s, "h"),
					MemberMatch(s->keys, "h", "v", NIL));
}

/* ---- writes ---- */

/* Mark what the source does not have; the values stay. What facts alone named stays inferred. */
static void
MarkDeleted(Sync *s)
{
	const Dimension *d = s->d;

	/* of what derives from facts the values stay members, and the mapping lacks them */
	if (OidIsValid(d->derived_from))
		Write(s, psprintf("UPDATE %s m SET is_inferred = true FROM elt_touched k WHERE %s"
						  " AND NOT m.is_inferred AND NOT EXISTS (SELECT FROM elt_want w WHERE %s)",
						  d->table, MemberMatch(s->keys, "m", "k", NIL),
						  MemberMatch(s->keys, "m", "w", NIL)));
	else
		Write(s, psprintf("UPDATE %s m SET is_deleted = true%s%s FROM elt_touched k WHERE %s"
						  " AND NOT (m.is_deleted AND %s) AND NOT m.is_inferred"
						  " AND NOT EXISTS (SELECT FROM elt_want w WHERE %s)",
						  d->table, forgets ? Nulls(s->keys) : "",
						  forgets ? Nulls(s->attributes) : "", MemberMatch(s->keys, "m", "k", NIL),
						  forgets ? "false" : "true",
						  MemberMatch(s->keys, "m", "w", NIL)));
}

/* New members are numbered in the order of their natural keys, where these have one. */
static char *
InOrder(const Sync *s)
{
	ListCell   *lc;

	foreach(lc, s->keys)
		if (!OidIsValid(lookup_type_cache(((MemberColumn *) lfirst(lc))->type_oid,
										  TYPECACHE_LT_OPR)->lt_opr))
			return "";
	return psprintf(" ORDER BY %s", Keys(s, "w"));
}

static char *
InsertMembers(const Sync *s)
{
	return psprintf("INSERT INTO %s AS m (%s%s, is_deleted)\nSELECT %s%s, w._deleted FROM elt_want w"
					" WHERE NOT EXISTS (SELECT FROM %s m WHERE %s)%s\n"
					"RETURNING %s, -1::bigint AS _old_key, m.%s AS _new_key",
					s->d->table, Keys(s, NULL), Attributes(s, NULL),
					Keys(s, "w"), Attributes(s, "w"),
					s->d->table, MemberMatch(s->keys, "m", "w", NIL), InOrder(s),
					Keys(s, "m"), s->key);
}

static void
SyncMembers(Sync *s)
{
	const Dimension *d = s->d;
	KeptRows   *want = KeptRowsOf("elt_want", WantedMembers(s), d->role);
	KeptRows   *moved;

	Write(s, psprintf("UPDATE %s m SET %sis_inferred = false, is_deleted = w._deleted FROM elt_want w"
					  " WHERE %s AND (m.is_inferred OR m.is_deleted <> w._deleted OR %s)",
					  d->table, Assignments(s->attributes), MemberMatch(s->keys, "m", "w", NIL),
					  MembersDiffer(s->attributes, "m", "w")));
	moved = KeptRowsOf("elt_moved", InsertMembers(s), d->role);
	s->written += KeptRowsCount(moved);
	if (KeptRowsCount(moved) > 0)
		RestateFacts(d);
	KeptRowsEnd(moved);
	MarkDeleted(s);
	KeptRowsEnd(want);
}

static const char *
RangeType(const Dimension *d)
{
	switch (MemberTimeType(d))
	{
		case DATEOID:
			return "date";
		case TIMESTAMPOID:
			return "ts";
		default:
			return "tstz";
	}
}

static char *
Uncovered(const Sync *s, const char *from, const char *other, const char *keys)
{
	return psprintf("UNION ALL SELECT %s, %s, u._span FROM %s a LEFT JOIN %s_cover c ON %s,"
					" LATERAL unnest(%smultirange(a._span) - coalesce(c._cover, '{}')) AS u(_span)\n",
					Keys(s, "a"), keys, from, other, MemberMatch(s->keys, "c", "a", NIL),
					RangeType(s->d));
}

/* Spans of time in which a member has another surrogate key than before; -1 where it has none. */
static char *
Moves(const Sync *s)
{
	const char *keys = Keys(s, NULL);
	const char *range = RangeType(s->d);

	return psprintf("WITH old AS (SELECT %s, m.%s AS _key, %srange(m.valid_from, m.valid_to) AS _span\n"
					"\tFROM %s m JOIN (SELECT DISTINCT %s FROM elt_want) k ON %s),\n"
					"new AS (SELECT %s, _key, %srange(_from, _to) AS _span FROM elt_want),\n"
					"old_cover AS (SELECT %s, range_agg(_span) AS _cover FROM old GROUP BY %s),\n"
					"new_cover AS (SELECT %s, range_agg(_span) AS _cover FROM new GROUP BY %s),\n"
					"moved(%s, _old_key, _new_key, _span) AS (\n"
					"\tSELECT %s, a._key, b._key, a._span * b._span\n"
					"\tFROM old a JOIN new b ON %s AND a._span && b._span AND a._key <> b._key\n\t%s\t%s)\n"
					"SELECT %s, _old_key, _new_key, lower(_span) AS _from, upper(_span) AS _to FROM moved",
					Keys(s, "m"), s->key, range, s->d->table, keys,
					MemberMatch(s->keys, "m", "k", NIL), keys, range, keys, keys, keys, keys, keys,
					Keys(s, "a"), MemberMatch(s->keys, "a", "b", NIL),
					Uncovered(s, "old", "new", "a._key, -1::bigint"),
					Uncovered(s, "new", "old", "-1::bigint, a._key"), keys);
}

static void
UpdateVersions(Sync *s)
{
	const Dimension *d = s->d;

	Write(s, psprintf("UPDATE %s m SET is_current = false FROM (SELECT DISTINCT %s FROM elt_want) k"
					  " WHERE %s AND m.is_current AND NOT EXISTS"
					  " (SELECT FROM elt_want w WHERE w._key = m.%s AND w._is_last)",
					  d->table, Keys(s, NULL), MemberMatch(s->keys, "m", "k", NIL), s->key));
	Write(s, psprintf("UPDATE %s m SET %s_version = w._version, valid_from = w._from, valid_to = w._to,"
					  " is_current = w._is_last, is_inferred = false,"
					  " is_deleted = w._is_last AND w._to <> 'infinity' FROM elt_want w"
					  " WHERE m.%s = w._key AND NOT w._is_new AND ((m._version, m.valid_from, m.valid_to,"
					  " m.is_current, m.is_inferred, m.is_deleted) IS DISTINCT FROM (w._version, w._from,"
					  " w._to, w._is_last, false, w._is_last AND w._to <> 'infinity') OR %s)",
					  d->table, Assignments(s->attributes), s->key,
					  MembersDiffer(s->attributes, "m", "w")));
	Write(s, psprintf("INSERT INTO %s (%s, %s, %s%s, valid_from, valid_to, is_current, is_deleted, _version)"
					  " SELECT w._key, w._durable, %s%s, w._from, w._to, w._is_last,"
					  " w._is_last AND w._to <> 'infinity', w._version FROM elt_want w WHERE w._is_new",
					  d->table, s->key, s->durable, Keys(s, NULL), Attributes(s, NULL),
					  Keys(s, "w"), Attributes(s, "w")));
}

/* Of members that still have others; facts have left them. */
static void
DeleteVersions(Sync *s)
{
	Write(s, psprintf("DELETE FROM %s m USING (SELECT DISTINCT %s FROM elt_want) k WHERE %s"
					  " AND NOT EXISTS (SELECT FROM elt_want w WHERE w._key = m.%s)",
					  s->d->table, Keys(s, NULL), MemberMatch(s->keys, "m", "k", NIL), s->key));
}

static void
SyncVersions(Sync *s)
{
	const Dimension *d = s->d;
	KeptRows   *want = KeptRowsOf("elt_want", WantedVersions(s), d->role);
	KeptRows   *moved = NULL;

	if (FactsStoreKeysOf(d->base))
		moved = KeptRowsOf("elt_moved", Moves(s), d->role);
	UpdateVersions(s);
	if (moved != NULL)
	{
		KeptRows   *found = KeptRowsOf("elt_found", psprintf("SELECT DISTINCT %s, _durable FROM elt_want"
															 " WHERE _known IS NULL",
															 Keys(s, NULL)), d->role);

		RestateFacts(d);
		KeptRowsEnd(found);
		KeptRowsEnd(moved);
	}
	DeleteVersions(s);
	MarkDeleted(s);
	KeptRowsEnd(want);
}

/* Natural keys to look at; one that is null names no member. */
static char *
Touched(const Sync *s, const char *changed)
{
	const char *keys = Keys(s, NULL);

	if (changed != NULL)
		return psprintf("SELECT DISTINCT %s FROM (%s) c WHERE NOT (%s)", keys, changed,
						AnyIsNull(s->d->natural_key, "c"));
	return psprintf("SELECT %s FROM %s c WHERE NOT (%s) UNION SELECT %s FROM %s m WHERE m.%s > 0",
					Keys(s, "c"), QuotedRelation(s->d->source),
					AnyIsNull(s->d->natural_key, "c"), Keys(s, "m"), s->d->table, s->key);
}

int64
MembersSync(const Dimension *d, const char *changed)
{
	Sync		s = SyncOf(d);
	KeptRows   *touched;
	MembersBefore *before;

	TransactionLockTake(LOCK_DIMENSION, d->base);
	StoredTypesCheck(d->source, d->table, list_concat_copy(d->natural_key, d->attributes),
					 psprintf("Use SELECT elt.rebuild_star(%s); to store the members with the new type.",
							  quote_literal_cstr(d->view)));
	touched = KeptRowsOf("elt_touched", Touched(&s, changed), d->role);
	if (KeptRowsCount(touched) > 0)
	{
		before = MembersRemember(d, "elt_touched");
		if (MembersKeepHistory(d))
			SyncVersions(&s);
		else
			SyncMembers(&s);
		MembersRegroup(before);
	}
	KeptRowsEnd(touched);
	return s.written;
}
