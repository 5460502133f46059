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

/* Proposal *; name is that of the target, NULL: it is taken from the path. */
extern List *InferenceProposals(const SampleRequest *request, const char *name);

#endif
