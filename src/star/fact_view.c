/*
 * fact_view.c
 *	  The views of a fact, and the comments on them.
 */
#include "base/compat.h"
#include "star/fact_view.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "star/fact_sql.h"
#include "star/star_comment.h"
#include "star/star_view.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ---- comments ---- */

static void
CommentOnColumn(const Fact *fact, const char *view, const char *column, const char *comment)
{
	StarCommentOnColumn(view, column, comment, fact->role);
}

static void
CommentOnKeys(const Fact *fact, const char *view)
{
	ListCell   *lc;

	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;

		CommentOnColumn(fact, view, d->key,
						psprintf("key of %s.%s%s", d->schema, d->name,
								 d->durable != NULL ? ", of the version as of the event" : ""));
		if (d->durable != NULL)
			CommentOnColumn(fact, view, d->durable,
							psprintf("key of %s, the same for all versions of a member", d->newest));
	}
}

static const FactMeasure *
MeasureNamed(const Fact *fact, const char *name)
{
	ListCell   *lc;

	foreach(lc, fact->measures)
		if (strcmp(((FactMeasure *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	return NULL;
}

static const char *
WhatMaySum(const FactMeasure *measure)
{
	if (strcmp(measure->additivity, "additive") == 0)
		return "additive: sum over any dimension";
	if (strcmp(measure->additivity, "semi-additive") == 0)
		return "semi-additive: never sum over time";
	return "non-additive: never sum";
}

static char *
CommentOfColumn(const Fact *fact, const char *column)
{
	const FactMeasure *measure = MeasureNamed(fact, column);
	char	   *comment = GetComment(fact->source, RelationRelationId,
									 get_attnum(fact->source, column));
	StringInfoData text;

	initStringInfo(&text);
	if (comment != NULL)
		AppendItem(&text, "; ", "%s", comment);
	if (measure != NULL)
		AppendItem(&text, "; ", "measure%s%s, %s", measure->unit != NULL ? " in " : "",
				   measure->unit != NULL ? measure->unit : "", WhatMaySum(measure));
	else if (NamesContain(fact->grain, column))
		AppendItem(&text, "; ", "part of the grain");
	if (text.len == 0)
		AppendItem(&text, "", "column of %s", RelationLabel(fact->source));
	return text.data;
}

static void
CommentOnView(const Fact *fact, const char *view)
{
	ListCell   *lc;

	CommentOnKeys(fact, view);
	foreach(lc, FactColumns(fact))
		CommentOnColumn(fact, view, lfirst(lc), CommentOfColumn(fact, lfirst(lc)));
}

static char *
Grain(const Fact *fact)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	appendStringInfo(&text, "%s fact, grain: one row for each ", fact->kind);
	for (char *s = text.data; *s != '\0'; s++)
		if (*s == '_')
			*s = ' ';
	foreach(lc, fact->grain)
		appendStringInfo(&text, "%s%s", lc == list_head(fact->grain) ? "" : ", ", (char *) lfirst(lc));
	appendStringInfo(&text, " of %s", RelationLabel(fact->source));
	return text.data;
}

/* ---- views ---- */

static char *
KeysOf(const Fact *fact, const char *alias)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;

		appendStringInfo(&sql, "%s.%s, ", alias, quote_identifier(d->key));
		if (d->durable != NULL)
			appendStringInfo(&sql, "%s.%s, ", alias, quote_identifier(d->durable));
	}
	return sql.data;
}

static char *
Rows(const Fact *fact)
{
	if (fact->table == NULL)
		return FactSelect(fact, QuotedRelation(fact->source));
	return psprintf("SELECT %s%s FROM %s f", KeysOf(fact, "f"), QuotedColumns(FactColumns(fact), "f"),
					fact->table);
}

static char *
AsOfSelect(const Fact *fact)
{
	StringInfoData columns;
	StringInfoData joins;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&columns);
	initStringInfo(&joins);
	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;
		ListCell   *ac;

		n++;
		if (d->attributes == NIL)
			continue;
		foreach(ac, d->attributes)
			appendStringInfo(&columns, ", a%d.%s AS %s", n, quote_identifier(lfirst(ac)),
							 quote_identifier(FactAttributeName(d, lfirst(ac))));
		appendStringInfo(&joins, "\nLEFT JOIN %s a%d ON a%d.%s = v.%s", d->table, n, n,
						 quote_identifier(d->stored_key), quote_identifier(d->key));
	}
	return psprintf("SELECT %s%s%s FROM (%s) v%s", KeysOf(fact, "v"),
					QuotedColumns(FactColumns(fact), "v"), columns.data, Rows(fact), joins.data);
}

static void
CommentOnAttributes(const Fact *fact)
{
	ListCell   *lc;

	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;
		ListCell   *ac;

		foreach(ac, d->attributes)
			CommentOnColumn(fact, fact->as_of, FactAttributeName(d, lfirst(ac)),
							psprintf("%s of %s.%s%s", (char *) lfirst(ac), d->schema, d->name,
									 d->durable != NULL ? " as of the event" : ""));
	}
}

void
FactPutAsOf(const Fact *fact)
{
	StarViewPut(fact->schema, fact->as_of_name, AsOfSelect(fact), fact->role);
	StarComment(psprintf("VIEW %s", fact->as_of),
				psprintf("%s, with attributes of its dimensions", Grain(fact)), fact->role);
	CommentOnView(fact, fact->as_of);
	CommentOnAttributes(fact);
}

void
FactPutViews(const Fact *fact)
{
	StarViewPut(fact->schema, fact->name, Rows(fact), fact->role);
	StarComment(psprintf("VIEW %s", fact->view), Grain(fact), fact->role);
	CommentOnView(fact, fact->view);
	FactPutAsOf(fact);
}
