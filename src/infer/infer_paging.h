/*
 * infer_paging.h
 *	  How the list that a response begins goes on.
 */
#ifndef ELT_INFER_INFER_PAGING_H
#define ELT_INFER_INFER_PAGING_H

#include "postgres.h"
#include "infer/layout.h"
#include "infer/sample.h"

typedef struct InferredPaging
{
	List	   *options;		/* char *, of the foreign table; NIL: it has one page */
	char	   *reason;
	char	   *doubt;
} InferredPaging;

/* Parameters of the query (QueryPart *) that paging sends are removed from it. */
extern InferredPaging InferPaging(const ShapeNode *root, const InferredTable *table,
								  const SampleHeaders *headers, List **query);

#endif
