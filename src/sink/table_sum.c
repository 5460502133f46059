/*
 * table_sum.c
 *	  Number and hash of the rows of a query.
 */
#include "base/compat.h"
#include "sink/table_sum.h"

#include "sink/export_query.h"
#include "sink/value_text.h"

typedef struct Summing
{
	RowConsumer consumer;		/* first, as rows come to it */
	TupleDesc	desc;
	RowHasher  *hasher;
	const Datum *values;
	const bool *nulls;
	RowSum		sum;
} Summing;

static void
Begin(RowConsumer *consumer, TupleDesc desc)
{
	Summing    *summing = (Summing *) consumer;

	summing->desc = CreateTupleDescCopy(desc);
	summing->hasher = RowHasherFor(summing->desc);
}

static void
Add(void *arg)
{
	Summing    *summing = arg;

	RowSumAdd(summing->hasher, &summing->sum, summing->values, summing->nulls);
}

static void
AddRow(RowConsumer *consumer, const Datum *values, const bool *nulls)
{
	Summing    *summing = (Summing *) consumer;

	summing->values = values;
	summing->nulls = nulls;
	WithFixedStyle(Add, summing);
}

RowSum
QuerySum(const char *query, TupleDesc *desc)
{
	Summing		summing = {.consumer = {Begin, AddRow}};

	ExportQueryRun(query, NIL, &summing.consumer);
	if (desc != NULL)
		*desc = summing.desc;
	return summing.sum;
}
