/*
 * relation_ranges.c
 *	  Read a relation by ranges of the first column of its key, one after the other.
 *
 * A range is read by one statement without an order, which any wrapper can push down and which needs
 * no index beyond that of the key. The bounds divide the values that are there evenly. They stay
 * with the position until all ranges have landed, so that a run that was interrupted is continued by
 * the next one, and no row can fall between ranges of different bounds.
 */
#include "base/compat.h"
#include "source/relation/relation_ranges.h"

#include "base/sql.h"
#include "base/type_range.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* ---- definition ---- */

void
KeyRangesCheck(const SourceDefinition *def)
{
	const RelationSource *relation = def->own;

	if (relation->key_ranges == 0)
		return;
	if (def->cursor_column != NULL || def->window != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"key_ranges\" and \"%s\" are mutually exclusive",
						def->window != NULL ? "window_interval" : "cursor_column"),
				 errdetail("Ranges of the key are a way to read everything."),
				 errhint("Omit one of the two.")));
	if (relation->norder == 0 || !TypeHasRanges(relation->order[0].type))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"key_ranges\" requires a key that begins with a number or a time"),
				 errdetail("The values of the first column of the key are divided into ranges."),
				 errhint("Omit the option, or name such a column first in the key.")));
}

/* ---- bounds ---- */

/* A share $1 of the way from lo to hi, as a value of the type. */
static const char *
ShareOf(Oid type)
{
	switch (type)
	{
		case DATEOID:
			return "lo + ((hi - lo) * i / $1::numeric)::int";
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return "lo + (hi - lo) * (i / $1::float8)";
		default:
			return "lo::numeric + (hi::numeric - lo::numeric) * i / $1";
	}
}

/* Inner bounds as texts (char *), fewer where the values are few. */
static List *
DivideValues(const SourceDefinition *def)
{
	const RelationSource *relation = def->own;
	const OrderColumn *c = &relation->order[0];
	const char *type = format_type_be(c->type);
	bool		finite = c->type == DATEOID || c->type == TIMESTAMPOID || c->type == TIMESTAMPTZOID;
	Sql			q;

	SqlBegin(&q, psprintf("select b::text from (select distinct (%s)::%s from (select min(t.%s),"
						  " max(t.%s) from %s as t%s) as m(lo, hi), generate_series(1, $1 - 1) as i)"
						  " as x(b) where b is not null order by x.b", ShareOf(c->type), type, c->name,
						  c->name, relation->table,
						  finite ? psprintf(" where isfinite(t.%s)", c->name) : ""));
	SqlAddInt4(&q, relation->key_ranges);
	return SqlDoTexts(&q, relation->owner);
}

/* Rows without a value come last. */
static int
CountOf(const RelationPull *pull)
{
	const RelationSource *relation = pull->base.def->own;

	return list_length(pull->bounds) + 1 + (relation->order[0].nullable ? 1 : 0);
}

/* ---- position ---- */

/* {"next": 2, "bounds": ["100", "200"]} */
static bool
ReadPosition(RelationPull *pull, const char *position)
{
	Sql			q;

	SqlBegin(&q, "select ($1 ->> 'next')::int, array(select jsonb_array_elements_text($1 -> 'bounds'))");
	SqlAddJsonb(&q, position);
	SqlRun(&q, AsCatalog());
	pull->range = SqlInt4(&q, 0, 1, NULL);
	pull->bounds = SqlTextArray(&q, 0, 2);
	SqlDone(&q);
	return pull->range < CountOf(pull);
}

char *
KeyRangesPosition(const RelationPull *pull, MemoryContext cxt)
{
	char	   *position;
	Sql			q;

	SqlBegin(&q, "select jsonb_build_object('next', $1, 'bounds', to_jsonb($2))::text");
	SqlAddInt4(&q, pull->range);
	SqlAddTextArray(&q, pull->bounds);
	position = SqlDoText(&q, AsCatalog());
	return MemoryContextStrdup(cxt, position);
}

/* ---- reading ---- */

void
KeyRangesStart(RelationPull *pull, const Slice *slice)
{
	const RelationSource *relation = pull->base.def->own;
	MemoryContext old;

	if (relation->key_ranges == 0 || pull->has_ranges)
		return;
	old = MemoryContextSwitchTo(pull->base.cxt);
	pull->has_ranges = true;
	if (slice->position == NULL || !ReadPosition(pull, slice->position))
	{
		pull->range = 0;
		pull->bounds = DivideValues(pull->base.def);
	}
	MemoryContextSwitchTo(old);
}

void
KeyRangesSet(const RelationPull *pull, RelationRange *range)
{
	int			n = list_length(pull->bounds);

	if (!pull->has_ranges)
		return;
	range->without_key = pull->range > n;
	if (pull->range > 0 && pull->range <= n)
		range->low = list_nth(pull->bounds, pull->range - 1);
	if (pull->range < n)
		range->high = list_nth(pull->bounds, pull->range);
}

bool
KeyRangesNext(RelationPull *pull)
{
	if (!pull->has_ranges)
		return false;
	pull->range++;
	return pull->range < CountOf(pull);
}
