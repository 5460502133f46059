/*
 * kind.h
 *	  A kind of source, as a struct of callbacks.
 *
 * Each kind lives in a folder of its own below this one and is registered in kinds.c. Code
 * outside of that folder does not depend on the kind of a source. Functions marked optional may
 * be NULL.
 */
#ifndef ELT_SOURCE_KIND_H
#define ELT_SOURCE_KIND_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "foreign/foreign.h"
#include "nodes/pg_list.h"

struct DecodeSpec;
struct DisposableFile;
struct ExplainState;
struct Feed;
struct FetchedPage;
struct ListedFile;
struct Pipeline;
struct PulledSlice;
struct PullTotals;
struct Slice;
struct SourceColumn;
struct SourceDefinition;
struct SourceLag;
struct TokenRotation;

/* Input of EXPLAIN for a live SELECT. */
typedef struct ScanFacts
{
	bool		planned;		/* the values that slices are made of are known */
	List	   *slices;			/* of Slice *; NIL also when nothing has been asked yet */
	const struct PullTotals *totals;	/* NULL: it does not run */
} ScanFacts;

typedef struct SourceKind
{
	const char *wrapper;		/* name of its foreign-data wrapper; NULL: all that have none of ours */
	const struct Feed *feed;	/* how the answers to slices come: as pages or as rows */
	const char *page;			/* the word for a page in messages; NULL: "page" */

	/* Define its settings; from _PG_init. Optional. */
	void		(*init) (void);

	/* ---- definition ---- */

	/*
	 * Read the options of server and table into def; raises an error when they are invalid. Both are
	 * NULL for a relation without a wrapper of ours.
	 */
	void		(*read) (struct SourceDefinition *def, const ForeignServer *server,
						 const ForeignTable *table);
	/* The same for a column, whose name, type and shared options are set. */
	void		(*read_column) (struct SourceColumn *column, List *options);
	/* Check table and columns for consistency, and set def->params. */
	void		(*check) (struct SourceDefinition *def);
	/*
	 * Take what the pipeline says of how its source is read; raises an error when the source cannot
	 * be read so. Optional: only server and table say that.
	 */
	void		(*read_pipeline) (struct SourceDefinition *def, const struct Pipeline *p);
	/*
	 * The instant up to which rows of windows can be read without missing some that appear later.
	 * Optional: any that has come.
	 */
	TimestampTz (*settled_until) (const struct SourceDefinition *def);
	/* The statement that will read a slice first. Optional: it is not read by one. */
	char	   *(*statement) (const struct SourceDefinition *def, const struct Slice *slice,
							  const char *into);
	/* How rows of transactions that commit late are found; with statement. */
	char	   *(*late_rows) (const struct SourceDefinition *def);
	/* Raise an error unless the server's owner is permitted to use its options. */
	void		(*check_rights) (const struct SourceDefinition *def);
	/* Use the user mapping of role; optional. */
	void		(*authenticate) (struct SourceDefinition *def, Oid role);
	const struct TokenRotation *rotation;	/* of rotating tokens; NULL: it has none */
	/* Identify the account that requests use, without secrets. Optional. */
	char	   *(*identity) (const struct SourceDefinition *def);
	/* A copy of text with secrets replaced by ***. Optional: there are none. */
	char	   *(*mask) (const struct SourceDefinition *def, const char *text);
	/* Does an unchanged response mean unchanged rows? Optional: never. */
	bool		(*answers_repeat) (const struct SourceDefinition *def);
	/* How its pages are decoded; optional: as JSON. */
	void		(*set_format) (const struct SourceDefinition *def, struct DecodeSpec *spec);

	/*
	 * IMPORT FOREIGN SCHEMA with this name: the statements (char *) that create its foreign tables. False: it
	 * has none of this name; imports lists those that it has. Optional.
	 */
	bool		(*import_schema) (const ForeignServer *server, const char *schema, List *options,
								  List **statements);
	const char *imports;

	/* How far the source is ahead of a position, or of the beginning; optional: it is not known. */
	void		(*lag) (const struct SourceDefinition *def, const char *position,
						struct SourceLag *lag);

	/* ---- params ---- */

	/*
	 * List the existing combinations (char *). choices holds the requested values (List of
	 * ParamValue *) per param, NIL for all; with must_exist each of them must exist. Optional:
	 * the source cannot list them, and every combination of the requested values is used.
	 */
	List	   *(*list_combinations) (const struct SourceDefinition *def, List *choices,
									  bool must_exist);
	/*
	 * List its files (ListedFile *), by name; of names (char *) those, which must exist, NIL for all.
	 * Those whose names are no text have another one, and a problem. With list_combinations, of a
	 * source with a file policy.
	 */
	List	   *(*list_files) (const struct SourceDefinition *def, List *names);
	/* Move or delete a file that has landed or was rejected, as its policy says; sets its result. */
	void		(*dispose_file) (const struct SourceDefinition *def, struct DisposableFile *file);
	/* One of them, as it is listed; without a size if it is not there. */
	struct ListedFile *(*find_file) (const struct SourceDefinition *def, const char *name);
	/* The errhint for an unknown param; optional. */
	char	   *(*unknown_param_hint) (const char *name);
	/*
	 * May the table of a child differ from that of its parent in this option? Optional: only in those
	 * that say where the records are.
	 */
	bool		(*is_of_table) (const char *option);
	/* How a column is declared that carries the param. */
	char	   *(*param_option) (const char *name);

	/* ---- pages ---- */

	/* Was a decoded page empty? May raise a warning; optional: never. */
	bool		(*is_void) (const struct SourceDefinition *def, const struct Slice *slice,
							const struct FetchedPage *page);

	/* ---- what people are told ---- */

	/* errcontext of an error in a page that is read by a live SELECT; without pages NULL. */
	void		(*tell_page) (const struct SourceDefinition *def,
							  const struct PulledSlice *pulled,
							  const struct FetchedPage *page);
	/* Estimate the rows of a number of requests, for the planner. */
	double		(*guess_rows) (const struct SourceDefinition *def, double requests);
	void		(*explain) (const struct SourceDefinition *def, const ScanFacts *facts,
							struct ExplainState *es);
} SourceKind;

#endif
