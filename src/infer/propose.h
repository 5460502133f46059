/*
 * propose.h
 *	  Write what was inferred as statements, each with its reason and its doubt.
 */
#ifndef ELT_INFER_PROPOSE_H
#define ELT_INFER_PROPOSE_H

#include "postgres.h"
#include "infer/layout.h"
#include "infer/read_csv.h"
#include "infer/sample.h"

typedef struct Proposal
{
	const char *part;
	char	   *statement;		/* NULL: it is part of another one */
	char	   *reason;
	char	   *doubt;			/* NULL: none */
} Proposal;

/* What a sample turned out to be. */
typedef struct Inferred
{
	const SampleRequest *request;
	SampleHeaders headers;
	const char *format;			/* json, jsonl, csv, xlsx or xml */
	bool		format_given;
	const ShapeNode *root;		/* of JSON and XML */
	const CsvSample *csv;		/* of CSV and workbooks, else NULL */
	List	   *tables;			/* InferredTable * */
	bool		is_cut;			/* the sample is not all of the page */
	const char *prefix;			/* of the names of pipelines */
} Inferred;

/* Proposal *, in the order in which statements have to run. */
extern List *Propose(const Inferred *inferred);

/* The foreign table of a table; suffix tells it from the target. */
extern char *ForeignTableStatement(const char *name, List *columns, const char *server,
								   List *options);

#endif
