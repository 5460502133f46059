/*
 * relation_start.c
 *	  From which cursor a relation is read, and up to which one a run has read it.
 *
 * A position is the text of a cursor, and inclusive: rows with an equal cursor may come later. It
 * never passes the cursor below which rows of running transactions may still appear.
 */
#include "base/compat.h"
#include "source/relation/relation_start.h"

#include "base/sql.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "source/cursor.h"
#include "source/relation/relation_ranges.h"
#include "source/windows.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

int
RelationCompare(const SourceDefinition *def, Datum a, Datum b)
{
	TypeCacheEntry *type = lookup_type_cache(def->cursor_type, TYPECACHE_CMP_PROC_FINFO);
	const RelationSource *relation = def->own;

	return DatumGetInt32(FunctionCall2Coll(&type->cmp_proc_finfo, relation->order[0].collation,
										   a, b));
}

/* The later of the position minus lookback and start_at, as times of the column's type. */
static char *
TimeToReadFrom(const SourceDefinition *def, const char *position)
{
	const RelationSource *relation = def->own;
	const char *type = format_type_be(def->cursor_type);
	const char *zone = quote_literal_cstr(pg_get_timezone_name(def->cursor_style.zone));
	const char *start = def->cursor_type == TIMESTAMPTZOID ? "$3" :
		psprintf("($3 at time zone %s)::%s", zone, type);
	Sql			q;

	SqlBegin(&q, psprintf("select greatest(($1::%s - $2)::%s, %s)::text", type, type, start));
	SqlAddText(&q, position);
	SqlAddInterval(&q, relation->lookback);
	SqlAddTimeOrNull(&q, relation->start_at, !relation->has_start_at);
	return SqlDoText(&q, relation->owner);
}

void
RelationStart(RelationPull *pull, const Slice *slice)
{
	const SourceDefinition *def = pull->base.def;
	MemoryContext old;
	char	   *from;

	KeyRangesStart(pull, slice);
	if (def->cursor_column == NULL || pull->from != NULL)
		return;
	from = CursorIsTime(def) ? TimeToReadFrom(def, slice->position) : slice->position;
	if (from == NULL)
		return;
	old = MemoryContextSwitchTo(pull->base.cxt);
	pull->from = pstrdup(from);
	MemoryContextSwitchTo(old);
}

char *
RelationPosition(const RelationPull *pull, const Slice *slice, MemoryContext cxt)
{
	const SourceDefinition *def = pull->base.def;
	const Settling *settling = &pull->settling;
	Datum		position;

	if (def->changes != NULL)
		return MemoryContextStrdup(cxt, def->changes->position);
	if (pull->has_ranges)
		return KeyRangesPosition(pull, cxt);
	if (def->cursor_column == NULL || !pull->has_reached || !settling->has_safe)
		return NULL;
	position = pull->reached;
	if (RelationCompare(def, settling->safe, position) < 0)
		position = settling->safe;
	if (slice->position != NULL &&
		RelationCompare(def, position, ValueOfText(def->cursor_type, -1, slice->position)) <= 0)
		return NULL;
	return MemoryContextStrdup(cxt, TextOfValue(def->cursor_type, position));
}
