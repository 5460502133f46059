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
struct Feed;
struct FetchedPage;
struct PulledSlice;
struct PullTotals;
struct Slice;
struct SourceColumn;
struct SourceDefinition;
struct TokenRotation;

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
	const struct Feed *feed;	/* how the answers to slices come: as pages or as rows */
	const char *page;			/* what its users call a page; NULL: just that */

	/* Define its settings; from _PG_init. Optional. */
	void		(*init) (void);

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
	const struct TokenRotation *rotation;	/* of tokens that use spends; NULL: it has none */
	/* Names who asks, without secrets: another text when another account may answer. Optional. */
	char	   *(*identity) (const struct SourceDefinition *def);
	/* text, with *** where it holds a secret or a part of one. Optional: there are none. */
	char	   *(*mask) (const struct SourceDefinition *def, const char *text);
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

	/* ---- pages ---- */

	/* Has a page that was decoded held nothing at all? May warn of it; optional: never. */
	bool		(*is_void) (const struct SourceDefinition *def, const struct Slice *slice,
							const struct FetchedPage *page);

	/* ---- what people are told ---- */

	/* errcontext of an error in a page that is read by a live SELECT; without pages NULL. */
	void		(*tell_page) (const struct SourceDefinition *def,
							  const struct PulledSlice *pulled,
							  const struct FetchedPage *page);
	/* How many rows so many requests may bring, for the planner. */
	double		(*guess_rows) (const struct SourceDefinition *def, double requests);
	void		(*explain) (const struct SourceDefinition *def, const ScanFacts *facts,
							struct ExplainState *es);
} SourceKind;

#endif
