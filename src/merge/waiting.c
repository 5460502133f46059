/*
 * waiting.c
 *	  Rows of a replayed child whose parents wait in quarantine themselves.
 *
 * Which reject is the parent of a row the key says that was kept with it. The key of a parent that
 * was not decoded is not known: then all rows of its slice that were rejected for a parent wait, but
 * for those whose parent is another reject.
 */
#include "base/compat.h"
#include "merge/waiting.h"

#include "base/sql.h"
#include "catalog/replayed.h"
#include "merge/join_settings.h"
#include "utils/guc.h"

#define IS_OPEN "(" REJECT_IS_OPEN("j") ")"
#define IS_TYPED "j.form in ('row', 'decoded')"

#define SLICE(r) \
	"jsonb_build_array(" r ".run_id, " r ".batch, " r ".params, " r ".window_start) as slice"

#define CHILD_ROWS \
	"select s.ctid as tid, c.reason, " SLICE("c") "," \
	" (select jsonb_object_agg(e.key, e.value) from jsonb_each_text(c.parent_key) e) as key" \
	" from %s s join elt_catalog.staged_replay v" \
	" on v.pipeline_id = $1 and v.n = s._record" \
	" join elt_catalog.reject c on c.id = v.reject_id where c.parent_key is not null"

#define TYPED_PARENTS \
	"select " SLICE("j") ", (select jsonb_object_agg(k, j.raw::jsonb ->> k) from unnest($3) k) as key," \
	" " IS_OPEN " as open from elt_catalog.reject j where j.pipeline_id = $2 and " IS_TYPED

#define OTHER_PARENTS \
	"select distinct " SLICE("j") " from elt_catalog.reject j" \
	" where j.pipeline_id = $2 and not " IS_TYPED " and " IS_OPEN

static bool
AnyWaits(const Pipeline *parent)
{
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.open_reject where pipeline_id = $1 limit 1");
	SqlAddInt4(&q, parent->id);
	return SqlDo(&q, AsCatalog()) > 0;
}

static const Offence waits = {
	.reason = "parent",
	.message = "the row of its parent is rejected and has not been replayed"
};

BadRows *
RowsOfWaitingParents(const Pipeline *child, const Pipeline *parent)
{
	BadRows    *bad = BadRowsBegin();
	int			guc_level;
	Sql			q;

	if (!AnyWaits(parent))
		return bad;
	ReplayedStore(child);
	guc_level = HashJoinsApply();
	SqlBegin(&q, psprintf("with child as materialized (" CHILD_ROWS "),"
						  " typed as materialized (" TYPED_PARENTS "),"
						  " other as materialized (" OTHER_PARENTS ")"
						  " select tid from child"
						  " where (slice, key) in (select slice, key from typed where open)"
						  " union"
						  " select tid from child where reason = 'parent'"
						  " and slice in (select slice from other)"
						  " and (slice, key) not in (select slice, key from typed where key is not null)"
						  " order by 1", PipelineStaging(child)));
	SqlAddInt4(&q, child->id);
	SqlAddInt4(&q, parent->id);
	SqlAddTextArray(&q, parent->key);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		BadRowsAdd(bad, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)), &waits);
	SqlDone(&q);
	AtEOXact_GUC(true, guc_level);
	return bad;
}
