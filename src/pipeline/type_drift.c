/*
 * type_drift.c
 *	  Values that the type of their column refuses, and the wider type that would take them.
 *
 * A wider type is proposed only where it keeps every value that is stored: an integer becomes a
 * larger one or numeric, and varchar becomes text.
 */
#include "base/compat.h"
#include "pipeline/new_fields.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "infer/value_facts.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

typedef struct Refused
{
	char	   *column;
	int64		records;
	char	   *sample;
	bool		out_of_range;	/* all of them are numbers that are too large */
	bool		too_long;		/* all of them are texts that are too long */
	List	   *messages;		/* char *, different ones */
} Refused;

static List *
RefusedOf(const Pipeline *p)
{
	List	   *all = NIL;
	MemoryContext caller = CurrentMemoryContext;
	Sql			q;

	SqlBeginKept(&q,
				 "select column_name, count(*), min(raw), bool_and(sqlstate = '22003'),"
				 " bool_and(sqlstate = '22001'), (array_agg(distinct left(message, 500)))[1:100]"
				 " from elt_catalog.staged_reject"
				 " where pipeline_id = $1 and column_name is not null and reason = 'parse'"
				 " group by column_name order by column_name");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(caller);
		Refused    *r = palloc0(sizeof(Refused));

		r->column = SqlText(&q, i, 1);
		r->records = SqlInt8(&q, i, 2, NULL);
		r->sample = SqlText(&q, i, 3);
		r->out_of_range = SqlBool(&q, i, 4);
		r->too_long = SqlBool(&q, i, 5);
		r->messages = SqlTextArray(&q, i, 6);
		all = lappend(all, r);
		MemoryContextSwitchTo(old);
	}
	SqlDone(&q);
	return all;
}

/* Messages quote the value: value "3000000000" is out of range, invalid input syntax ...: "1.5" */
static TextClass
QuotedClass(const char *message, bool *fits_int8)
{
	const char *end = strrchr(message, '"');
	const char *start;
	char	   *digits;

	for (start = strchr(message, '"'); start != NULL && start < end; start = strchr(start, '"'))
	{
		const char *close = strchr(++start, '"');
		TextClass	class = TextClassOf(start, close - start);

		if (class == TEXT_INTEGER || class == TEXT_DECIMAL)
		{
			digits = pnstrdup(start, close - start);
			errno = 0;
			(void) strtoll(digits, NULL, 10);
			*fits_int8 &= errno == 0;
			return class;
		}
		start = close + 1;
	}
	return TEXT_OTHER;
}

/* NULL: no type is wider and keeps what is stored. */
static const char *
WiderInteger(const Refused *r, Oid type)
{
	bool		fits_int8 = true;
	bool		fraction = false;
	ListCell   *lc;

	foreach(lc, r->messages)
	{
		TextClass	class = QuotedClass(lfirst(lc), &fits_int8);

		if (class == TEXT_OTHER)
			return NULL;
		fraction |= class == TEXT_DECIMAL;
	}
	return fraction || !fits_int8 || type == INT8OID ? "numeric" : "bigint";
}

static const char *
WiderType(const Refused *r, Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return WiderInteger(r, type);
		case VARCHAROID:
			return r->too_long ? "text" : NULL;
		default:
			return NULL;
	}
}

static char *
CostText(const Pipeline *p, const char *type)
{
	Sql			q;

	if (strcmp(type, "text") == 0)
		return "no rewrite";
	SqlBegin(&q, "select pg_size_pretty(coalesce((select sum(pg_total_relation_size(t.relid))"
			 " from pg_partition_tree($1) t), pg_total_relation_size($1)))");
	SqlAddOid(&q, REGCLASSOID, p->target);
	return psprintf("rewrites %s of %s", SqlDoText(&q, AsCatalog()), QuotedRelation(p->target));
}

static void
RecordRefused(const Pipeline *p, const SourceColumn *column, const Refused *r)
{
	DriftField	field = {
		.field = SourceColumnField(column),
		.kind = "type",
		.records = r->records,
		.sample = r->sample,
		.column_name = column->name
	};
	const char *wider = strcmp(p->on_type_change, "propose") == 0 ?
		WiderType(r, getBaseType(column->type)) : NULL;

	if (wider != NULL && getBaseType(column->type) == column->type)
	{
		field.column_type = unconstify(char *, wider);
		field.proposal = psprintf("SELECT elt.apply_drift(%s, %s);  -- changes column %s to %s, %s",
								  quote_literal_cstr(p->name), quote_literal_cstr(field.field),
								  quote_identifier(column->name), wider, CostText(p, wider));
	}
	/* the rejects are told of anyway */
	(void) DriftAdd(p, &field);
}

void
TypeDriftLand(const Pipeline *p, const SourceDefinition *source, const StagedBatch *batch)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, RefusedOf(p))
	{
		const Refused *r = lfirst(lc);

		columns = lappend(columns, r->column);
		for (int i = 0; i < source->ncolumns; i++)
			if (strcmp(source->columns[i].name, r->column) == 0)
				RecordRefused(p, &source->columns[i], r);
	}
	if (batch->records > 0)
		DriftEndRefused(p, columns);
}
