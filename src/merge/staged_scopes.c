/*
 * staged_scopes.c
 *	  The scopes of a batch as a condition on rows of the target, and what its answers prove.
 *
 * A scope is in the batch when a row of it is. Where the params of a request determine it, the
 * answer says so, also an empty one. Rows that a batch lacks are deleted only from scopes whose
 * answers are proven complete, and of which no record is in quarantine without a known key: any
 * stored row could be its former version.
 *
 * Of several answers of a batch with rows of one scope the last one counts, as of several rows of a
 * key.
 */
#include "base/compat.h"
#include "merge/staged_scopes.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/run.h"
#include "catalog/staged.h"
#include "lib/stringinfo.h"
#include "load/withheld.h"
#include "merge/param_match.h"
#include "merge/plain_target.h"
#include "merge/replace_by.h"
#include "merge/target.h"
#include "partition/parts.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static char *
Withheld(const MergeShape *shape)
{
	if (shape->without == NULL)
		return WithheldRows(shape->pipeline);
	if (shape->withheld == NULL)
		return NULL;
	return psprintf("(SELECT * FROM %s WHERE ctid = ANY (%s::tid[]))",
					PipelineStaging(shape->pipeline), quote_literal_cstr(shape->withheld));
}

/* ---- what answers prove ---- */

static void
DoubtAnswer(List *answers, TimestampTz loaded_at, int64 rows)
{
	ListCell   *lc;

	foreach(lc, answers)
	{
		StagedAnswer *answer = lfirst(lc);

		if (answer->loaded_at == loaded_at && answer->doubt == NULL)
			answer->doubt = psprintf(ngettext(INT64_FORMAT " row of it without a key is in "
											  "quarantine",
											  INT64_FORMAT " rows of it without a key are in "
											  "quarantine", rows), rows);
	}
}

static void
DoubtForNullKeys(const MergeShape *shape, const char *withheld, List *answers)
{
	Sql			q;

	if (shape->keys == NIL || withheld == NULL)
		return;
	SqlBegin(&q, psprintf("SELECT _loaded_at, count(*) FROM %s AS w WHERE %s GROUP BY 1", withheld,
						  KeyIsNull(shape)));
	SqlRun(&q, shape->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
		DoubtAnswer(answers, SqlTime(&q, i, 1, NULL), SqlInt8(&q, i, 2, NULL));
	SqlDone(&q);
}

static List *
AnswersOf(const MergeShape *shape, const char *withheld)
{
	List	   *answers = StagedAnswers(shape->pipeline);

	DoubtForNullKeys(shape, withheld, answers);
	return answers;
}

static void
CountDoubts(Replaced *r, List *answers)
{
	ListCell   *lc;

	foreach(lc, answers)
	{
		StagedAnswer *answer = lfirst(lc);

		if (answer->doubt == NULL)
			continue;
		if (r->doubts++ == 0)
			r->doubt = psprintf("%s: %s", answer->params, answer->doubt);
	}
}

/* "'{...}'::timestamptz[]" of _loaded_at of those in doubt, or NULL. */
static char *
DoubtfulTimes(List *answers)
{
	StringInfoData times;
	ListCell   *lc;

	initStringInfo(&times);
	foreach(lc, answers)
	{
		StagedAnswer *answer = lfirst(lc);

		if (answer->doubt != NULL && answer->loaded_at != 0)
			AppendItem(&times, ",", "\"%s\"", timestamptz_to_str(answer->loaded_at));
	}
	if (times.len == 0)
		return NULL;
	return psprintf("%s::timestamptz[]", quote_literal_cstr(psprintf("{%s}", times.data)));
}

/* ---- scopes that requests determine ---- */

static List *
CombinationsOf(List *answers, bool in_doubt)
{
	List	   *combinations = NIL;
	ListCell   *lc;

	foreach(lc, answers)
	{
		StagedAnswer *answer = lfirst(lc);

		if (!in_doubt || answer->doubt != NULL)
			combinations = lappend(combinations, answer->params);
	}
	return combinations;
}

static void
MatchByParams(Replaced *r, const MergeShape *shape, List *answers)
{
	List	   *doubtful = CombinationsOf(answers, true);

	r->match = answers == NIL ? "false" : ParamMatch(shape, "t", CombinationsOf(answers, false));
	if (doubtful != NIL)
		r->stays = ParamMatch(shape, "t", doubtful);
}

/* ---- scopes that rows say ---- */

/* The staged rows as r, with those that were taken out. */
static char *
AllRows(const MergeShape *shape, const char *withheld)
{
	char	   *columns = ColumnList(shape->replace_by, NULL);

	if (withheld == NULL)
		return psprintf("%s AS r", shape->staging);
	return psprintf("(SELECT %s, _loaded_at, ctid FROM %s UNION ALL\n"
					"\t\tSELECT %s, _loaded_at, NULL FROM %s AS w) AS r", columns, shape->staging,
					columns, withheld);
}

static bool
AreKeys(List *columns)
{
	ListCell   *lc;

	foreach(lc, columns)
		if (!((MergeColumn *) lfirst(lc))->key)
			return false;
	return true;
}

/* What the condition on the rows of the scopes depends on. */
typedef struct ScopeFacts
{
	bool		nulls;			/* in a column of replace_by */
	bool		all_whole;		/* where the scopes are given: each has all its rows */
	char	   *low;			/* of the column by whose range they are limited; NULL: none */
	char	   *high;
} ScopeFacts;

/* The target's partition column, so that planning prunes; or any that has an order. */
static char *
RangeColumn(const Pipeline *p)
{
	char	   *column = PartitionColumn(p->target);
	ListCell   *lc;

	if (column != NULL && NamesContain(p->replace_by, column) &&
		TargetColumnHasRange(p->target, column))
		return column;
	foreach(lc, p->replace_by)
		if (TargetColumnHasRange(p->target, lfirst(lc)))
			return lfirst(lc);
	return NULL;
}

/* Rows with a null in their key do not land. */
static char *
CountNulls(const MergeShape *shape)
{
	StringInfoData is_null;
	ListCell   *lc;

	if (shape->scopes != NULL || AreKeys(shape->replace_by))
		return "0::bigint";
	initStringInfo(&is_null);
	foreach(lc, shape->replace_by)
		AppendItem(&is_null, " OR ", "%s", ColumnIsNull(lfirst(lc), "r"));
	return psprintf("count(*) FILTER (WHERE %s)", is_null.data);
}

static ScopeFacts
FactsOf(const MergeShape *shape, const char *rows, const char *range_column)
{
	const char *column = range_column ? quote_identifier(range_column) : "NULL::int";
	const char *whole = shape->scopes != NULL ? "bool_and(_whole) IS NOT FALSE" : "true";
	ScopeFacts	facts;
	Sql			q;

	SqlBegin(&q, OverStaged(shape, psprintf("SELECT %s, min(%s)::text, max(%s)::text, %s FROM %s",
											CountNulls(shape), column, column, whole, rows)));
	SqlRun(&q, shape->pipeline->owner);
	facts.nulls = SqlInt8(&q, 0, 1, NULL) > 0;
	facts.low = SqlText(&q, 0, 2);
	facts.high = SqlText(&q, 0, 3);
	facts.all_whole = SqlBool(&q, 0, 4);
	SqlDone(&q);
	return facts;
}

/* Nulls are equal here, which neither an index nor a hash join knows: so their hash is joined. */
static char *
ScopeMatch(const MergeShape *shape, bool nulls)
{
	StringInfoData match;
	ListCell   *lc;

	initStringInfo(&match);
	if (nulls)
		AppendItem(&match, " AND ", "%s = c._hash", RowHash(shape->replace_by, "t"));
	foreach(lc, shape->replace_by)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		AppendItem(&match, " AND ", "t.%s %s c.%s", name,
				   nulls ? "IS NOT DISTINCT FROM" : "=", name);
	}
	return match.data;
}

static char *
ScopesOfRows(const MergeShape *shape, const char *rows, const char *doubtful, bool nulls)
{
	char	   *columns = ColumnList(shape->replace_by, "r");
	char	   *whole = doubtful == NULL ? "" :
		psprintf(",\n\t\tbool_and(_loaded_at <> ALL (%s)) AS _whole", doubtful);
	char	   *hash = nulls ? psprintf(",\n\t\t%s AS _hash", RowHash(shape->replace_by, "r")) : "";

	return psprintf("SELECT %s%s%s\n\tFROM %s\n\tGROUP BY %s", columns, whole, hash, rows, columns);
}

static void
LimitRange(Replaced *r, const MergeShape *shape, const ScopeFacts *facts, char *range_column)
{
	MergeColumn *column;

	if (facts->low == NULL || facts->nulls)
		return;
	column = linitial(ColumnsNamed(shape, list_make1(range_column)));
	r->range_column = range_column;
	r->range = psprintf("t.%s BETWEEN %s::%s AND %s::%s", column->name,
						quote_literal_cstr(facts->low), column->type,
						quote_literal_cstr(facts->high), column->type);
	r->match = psprintf("%s AND %s", r->match, r->range);
}

static void
MatchByRows(Replaced *r, const MergeShape *shape, List *answers)
{
	const Pipeline *p = shape->pipeline;
	char	   *rows = shape->scopes ? psprintf("(%s) AS r", shape->scopes) :
		AllRows(shape, r->withheld);
	char	   *doubtful = DoubtfulTimes(answers);
	char	   *range_column = RangeColumn(p);
	ScopeFacts	facts = FactsOf(shape, rows, range_column);

	r->with = psprintf("scope AS MATERIALIZED (\n\t%s\n)",
					   shape->scopes != NULL ? shape->scopes :
					   ScopesOfRows(shape, rows, doubtful, facts.nulls));
	r->match = ScopeMatch(shape, facts.nulls);
	if (!facts.nulls)
		r->by = ColumnList(shape->replace_by, NULL);
	LimitRange(r, shape, &facts, range_column);
	r->found_by_index = !facts.nulls && TargetHasIndexOn(p->target, p->replace_by);
	if (!facts.all_whole || doubtful != NULL)
		r->stays = "NOT c._whole";
}

Replaced *
StagedScopes(const MergeShape *shape)
{
	Replaced   *r = palloc0(sizeof(Replaced));
	List	   *answers;

	r->withheld = Withheld(shape);
	answers = AnswersOf(shape, r->withheld);
	if (shape->scopes == NULL)
		CountDoubts(r, answers);
	if (shape->scopes == NULL && ReplaceByParams(shape->pipeline, shape->source))
		MatchByParams(r, shape, answers);
	else
		MatchByRows(r, shape, answers);
	r->may_repeat = shape->scopes == NULL && r->with != NULL;
	return r;
}

/* ---- several answers with rows of one scope ---- */

static int
AnswersWithRows(List *answers)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, answers)
		n += ((StagedAnswer *) lfirst(lc))->loaded_at != 0;
	return n;
}

static bool
ScopesRepeat(const MergeShape *shape, const char *rows)
{
	char	   *columns = ColumnList(shape->replace_by, NULL);
	Sql			q;

	SqlBegin(&q, OverStaged(shape, psprintf("SELECT 1 FROM %s GROUP BY %s\n"
											"HAVING min(_loaded_at) < max(_loaded_at) LIMIT 1", rows,
											columns)));
	return SqlDo(&q, shape->pipeline->owner) > 0;
}

static char *
SupersededSql(const MergeShape *shape, const char *rows, const char *doubtful)
{
	return psprintf("SELECT ctid FROM (\n"
					"\tSELECT ctid, _loaded_at, max(_loaded_at) OVER (PARTITION BY %s) AS _last\n"
					"\tFROM %s) AS l\nWHERE _loaded_at < _last AND ctid IS NOT NULL%s\nORDER BY ctid",
					ColumnList(shape->replace_by, NULL), rows,
					doubtful ? psprintf(" AND _last <> ALL (%s)", doubtful) : "");
}

BadRows *
SupersededRows(const MergeShape *shape)
{
	BadRows    *superseded = BadRowsBegin();
	char	   *withheld;
	char	   *rows;
	List	   *answers;
	Sql			q;

	if (shape->scopes != NULL || ReplaceByParams(shape->pipeline, shape->source))
		return superseded;
	withheld = Withheld(shape);
	rows = AllRows(shape, withheld);
	answers = AnswersOf(shape, withheld);
	if (AnswersWithRows(answers) < 2 || !ScopesRepeat(shape, rows))
		return superseded;
	SqlBegin(&q, OverStaged(shape, SupersededSql(shape, rows, DoubtfulTimes(answers))));
	SqlRun(&q, shape->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
		BadRowsAdd(superseded, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)), NULL);
	SqlDone(&q);
	return superseded;
}

/* ---- what people are told ---- */

char *
StagedScopesDoubt(const Replaced *r)
{
	if (r->doubts == 0)
		return NULL;
	return psprintf(ngettext("Rows missing from %d slice are not deleted. Slice %s.",
							 "Rows missing from %d slices are not deleted. The first one is slice %s.",
							 r->doubts), r->doubts, r->doubt);
}

void
StagedScopesTellDoubt(const Pipeline *p, const Replaced *r)
{
	char	   *doubt = StagedScopesDoubt(r);

	if (doubt == NULL)
		return;
	RunNote(StagedRead(p)->run_id, doubt, NULL);
	ereport(NOTICE,
			(errmsg("pipeline \"%s\": some missing rows are not deleted", p->name),
			 errdetail_internal("%s", doubt)));
}

void
StagedScopesTellRepeated(const Pipeline *p, int64 rows)
{
	const char *hint = "Each slice must have all rows of its scopes. If it has only some of them, "
		"add columns to replace_by.";
	char	   *detail;

	if (rows == 0)
		return;
	detail = psprintf(ngettext("%lld row of the run gave way to a later slice with rows of its scope.",
							   "%lld rows of the run gave way to later slices with rows of their "
							   "scopes.", rows), (long long) rows);
	RunNote(StagedRead(p)->run_id, detail, hint);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("pipeline \"%s\" received several slices with rows of one scope", p->name),
			 errdetail_internal("%s", detail),
			 errhint("%s", hint)));
}

void
StagedScopesTellKept(const Pipeline *p, int64 kept)
{
	const char *hint = "Check the row security policies of the target that apply to the "
		"pipeline's owner, and its triggers.";

	if (kept == 0)
		return;
	RunNote(StagedRead(p)->run_id, psprintf("Missing rows that could not be deleted: " INT64_FORMAT ".",
											kept), hint);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg_plural("pipeline \"%s\": %lld missing row could not be deleted",
						   "pipeline \"%s\": %lld missing rows could not be deleted",
						   kept, p->name, (long long) kept),
			 errdetail("A row security policy or a trigger of table \"%s\" prevented their "
					   "deletion, or another session changed them concurrently.",
					   RelationLabel(p->target)),
			 errhint("%s", hint)));
}
