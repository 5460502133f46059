/*
 * slice.h
 *	  One (params, window): the unit that is fetched, retried and resumed.
 */
#ifndef ELT_CATALOG_SLICE_H
#define ELT_CATALOG_SLICE_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

typedef struct Slice
{
	char	   *params;			/* JSON object text of the combination, {} without params */
	bool		has_window;
	TimestampTz window_start;	/* -infinity without windows */
	TimestampTz window_end;		/* infinity without windows; first instant not wanted */
	char	   *cursor;			/* from where on, as a request writes it; NULL: no cursor */
	char	   *position;		/* that landed last, a text of the kind's own; NULL: none */
	char	   *etag;			/* what the last landed answer carried, if the same answer */
	char	   *last_modified;	/* would land as that one did; else NULL (answer.h) */
	char	   *body_hash;
	int			failures;		/* of it, or of all its params', in a row; then it comes last */

	/* of a file of the ledger */
	int			place;			/* in the order of asking */
	int64		file_size;		/* as listed */
	bool		is_landed;		/* a version of it has landed, which it must still be */
	int64		landed_size;	/* of that version */
	char	   *landed_checksum;	/* or NULL: not known */
} Slice;

/* What was read of a file. */
typedef struct SliceFile
{
	int64		size;
	TimestampTz modified;
	const char *checksum;		/* NULL: it was not read to its end */
} SliceFile;

/* How the fetch of a slice ended. */
typedef struct SliceResult
{
	const Slice *slice;
	const char *state;			/* landed, unchanged, empty, not_yet, failed */
	bool		complete;		/* its window had ended when it was asked, and all of it has come */
	bool		continued;		/* an earlier batch of this run has its first pages */
	int			attempts;
	int64		requests;
	TimestampTz loaded_at;		/* of its rows and of no other slice's; 0: none were loaded */
	int64		rows;
	int64		rejected;
	int64		undecoded;		/* of those: refused by decoding */
	int64		bytes;
	const char *unproven;		/* why its list may not be complete; NULL: it is */
	int			http_status;	/* 0: none */
	const char *etag;
	const char *last_modified;
	const char *body_hash;
	const char *position;		/* where the next run goes on, or NULL */
	bool		refused;		/* of a failure: it will not mend by itself */
	const char *sqlstate;		/* of a failure */
	const char *error;
	const SliceFile *file;		/* NULL: it is none, or was not opened */
	const char *file_state;		/* of a file that failed: its state in the ledger; NULL: rejected */
	int64		file_rejects;	/* of a file that failed for its rejects: how many they were */
	int64		file_error_line;	/* 0: not known */
} SliceResult;

#endif
