/*
 * inference.h
 *	  From the arguments of a call to proposals: fetch a sample, find its shape, write statements.
 */
#ifndef ELT_INFER_INFERENCE_H
#define ELT_INFER_INFERENCE_H

#include "postgres.h"
#include "fmgr.h"
#include "infer/propose.h"
#include "infer/sample.h"

/* Arguments server, path, query, params and options, in this order. */
extern SampleRequest InferenceRequest(FunctionCallInfo fcinfo);

/* The argument behind them, the name of the target; NULL: it is taken from the path. */
extern char *InferenceName(FunctionCallInfo fcinfo);

/* Proposal *; prefix is that of the names of pipelines. */
extern List *InferenceProposals(const SampleRequest *request, const char *name,
								const char *prefix);

#endif
