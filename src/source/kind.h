/*
 * kind.h
 *	  A kind of source: what one answers differently from another, as one struct.
 *
 * Each kind lives in a folder of its own below this one and is registered in kinds.c. Nothing
 * outside of its folder asks which kind a source is of; what kinds share is in this folder.
 * Functions marked optional may be NULL.
 */
#ifndef ELT_SOURCE_KIND_H
#define ELT_SOURCE_KIND_H

#include "postgres.h"
#include "foreign/foreign.h"
#include "nodes/pg_list.h"

struct DecodeSpec;
struct ExplainState;
struct FetchedPage;
struct PageAsk;
struct PulledSlice;
struct PullTotals;
struct Slice;
struct SourceColumn;
struct SourceDefinition;
struct TransportRequest;

/* Why a request must not be made: a value of its slice does not fit where it stands. */
typedef struct RequestProblem
{
	const char *error;			/* NULL: it may */
	const char *hint;
} RequestProblem;

/* What EXPLAIN knows of a live SELECT. */
typedef struct ScanFacts
{
	bool		planned;		/* the values that slices are made of are known */
	List	   *slices;			/* of Slice *; NIL also when nothing has been asked yet */
	const struct PullTotals *totals;	/* NULL: it does not run */
} ScanFacts;

typedef struct SourceKind
{
	const char *wrapper;		/* name of its foreign-data wrapper */
	bool		metered;		/* requests have a rate, a quota, places in flight, and a log */
	bool		streams;		/* a page is read while it is decoded, so none comes meanwhile */
	bool		has_status;		/* an answer has an HTTP status */
	const char *page;			/* what its users call a page; NULL: just that */

	/* ---- definition ---- */

	/* Read the options of server and table into def; error when they will not do. */
	void		(*read) (struct SourceDefinition *def, const ForeignServer *server,
						 const ForeignTable *table);
	/* The same of a column, whose name, type and shared options are there. */
	void		(*read_column) (struct SourceColumn *column, List *options);
	/* Table and columns against each other; fills in def->params. */
	void		(*check) (struct SourceDefinition *def);
	/* Error unless the server's owner may have what its options say, today. */
	void		(*check_rights) (const struct SourceDefinition *def);
	/* Ask with the user mapping of role; optional. */
	void		(*authenticate) (struct SourceDefinition *def, Oid role);
	/* May the answer to a slice stand for its rows when it comes again? Optional: never. */
	bool		(*answers_repeat) (const struct SourceDefinition *def);
	/* How its pages are decoded; optional: as JSON. */
	void		(*set_format) (const struct SourceDefinition *def, struct DecodeSpec *spec);

	/* ---- params ---- */

	/*
	 * The combinations (char *) that there are. choices holds per param the wanted values (List
	 * of ParamValue *), NIL for all; with must_exist each of them has to be there. Optional: the
	 * source has every combination of the values that it is asked for, and cannot list them.
	 */
	List	   *(*list_combinations) (const struct SourceDefinition *def, List *choices,
									  bool must_exist);
	/* What to do about an unknown param, as a hint; optional. */
	char	   *(*unknown_param_hint) (const char *name);
	/* How a column is declared that carries the param. */
	char	   *(*param_option) (const char *name);

	/* ---- requests ---- */

	/*
	 * The request for a slice's first page (ask NULL), or for the page that paging asks for, in
	 * the current memory context. shown_url is the one for people: it never holds a secret.
	 */
	struct TransportRequest *(*build_request) (const struct SourceDefinition *def,
											   const struct Slice *slice,
											   const struct PageAsk *ask,
											   RequestProblem *problem);
	/* Is a page that was taken for data something else? Optional: never. */
	bool		(*is_disguised) (struct FetchedPage *page);
	/* Has a page that was decoded held nothing at all? May warn of it; optional: never. */
	bool		(*is_void) (const struct SourceDefinition *def, const struct Slice *slice,
							const struct FetchedPage *page);

	/* ---- what people are told ---- */

	/* A request that failed for good: result's error, detail, hint and sqlstate. */
	void		(*describe_failure) (struct PulledSlice *result,
									 const struct SourceDefinition *def,
									 const struct TransportRequest *request,
									 struct FetchedPage *page);
	/* errcontext of an error in a page that is read by a live SELECT. */
	void		(*tell_page) (const struct SourceDefinition *def,
							  const struct PulledSlice *pulled,
							  const struct FetchedPage *page);
	/* How many rows so many requests may bring, for the planner. */
	double		(*guess_rows) (const struct SourceDefinition *def, double requests);
	void		(*explain) (const struct SourceDefinition *def, const ScanFacts *facts,
							struct ExplainState *es);
} SourceKind;

#endif
