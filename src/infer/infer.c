/*
 * infer.c
 *	  SQL function elt.infer: propose, from a sample, how to declare and load a source.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "funcapi.h"
#include "infer/inference.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_infer);

#define COLUMNS 4

static void
SetText(Datum *values, bool *nulls, int n, const char *utf8)
{
	nulls[n] = utf8 == NULL;
	values[n] = nulls[n] ? (Datum) 0 :
		CStringGetTextDatum(pg_any_to_server(utf8, strlen(utf8), PG_UTF8));
}

static void
Return(ReturnSetInfo *result, const Proposal *proposal)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	SetText(values, nulls, 0, proposal->part);
	SetText(values, nulls, 1, proposal->statement);
	SetText(values, nulls, 2, proposal->reason);
	SetText(values, nulls, 3, proposal->doubt);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * elt.infer(server, path, query, params, options, name)
 *		Statements to read and to run, each decision with its reason and its doubt.
 */
Datum
elt_infer(PG_FUNCTION_ARGS)
{
	SampleRequest request;
	List	   *proposals;
	ListCell   *lc;

	request = InferenceRequest(fcinfo);
	proposals = InferenceProposals(&request, InferenceName(fcinfo), "");
	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, proposals)
		Return((ReturnSetInfo *) fcinfo->resultinfo, lfirst(lc));
	return (Datum) 0;
}
