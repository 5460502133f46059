/*
 * definition.h
 *	  The definition of a source: a foreign table and its server, or another relation.
 *
 * It is read once, in a transaction, into the current memory context; slices, requests and pulls
 * use only this struct and no catalog.
 */
#ifndef ELT_SOURCE_DEFINITION_H
#define ELT_SOURCE_DEFINITION_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "catalog/pipeline.h"
#include "catalog/slice.h"
#include "datatype/timestamp.h"
#include "decode/decode_spec.h"
#include "nodes/pg_list.h"
#include "pgtime.h"

typedef struct Decoder Decoder;
struct EventLanding;
struct FileFilter;
struct FilePolicy;
struct RowBatch;

/* How a time is written into a request. */
typedef enum TimeFormat
{
	TIME_ISO,					/* 2024-01-01T00:00:00Z */
	TIME_UNIX,
	TIME_UNIX_MS,
	TIME_PATTERN				/* a to_char pattern, in a time zone */
} TimeFormat;

typedef struct TimeStyle
{
	TimeFormat	format;
	char	   *pattern;		/* of TIME_PATTERN */
	pg_tz	   *zone;
} TimeStyle;

typedef struct SourceColumn
{
	char	   *name;
	AttrNumber	attnum;
	Oid			type;
	int32		typmod;
	char	   *path;			/* where the value stands; NULL for a param */
	int			first;			/* number of its field or first character, from 1; 0: by name */
	int			last;			/* its last character; 0: that of the line */
	bool		is_range;		/* these are characters */
	char	   *param;			/* the request's value that it takes, or NULL */
	char	   *format;			/* of values that the type reads in several; or NULL */
	ValueSpelling spelling;
	char	   *time_zone;		/* of times without one; NULL: UTC */
	char	   *expression;		/* that computes the value; or NULL */
	bool		is_computed;	/* by an expression that does not use its own text: it is not read */
	bool		optional;		/* it may be absent from every record */
	bool		is_line;		/* takes the number of the record's line */
	bool		is_member;		/* takes the name of the archive's member */
	bool		is_modified;	/* takes the time of modification of the file */
	bool		is_size;		/* takes the size of the file */
	char	   *partition;		/* takes the value of this key in a directory "key=value"; or NULL */
	bool		is_list;		/* takes the name of the list that the record stands in */
	bool		is_arrival;		/* takes the order of arrival */
	bool		is_key;			/* takes the name of the member that the record is the value of */
	bool		is_index;		/* takes the position of the record in its list */
	EventRole	role;			/* takes something of the event that the record is */
} SourceColumn;

/* The field that it reads. */
static inline char *
SourceColumnField(const SourceColumn *column)
{
	return column->path != NULL ? column->path : column->name;
}

/* Does it take what is told of the file that a record came from? */
static inline bool
SourceColumnIsOfFile(const SourceColumn *column)
{
	return column->is_member || column->is_modified || column->is_size;
}

/* Has it the same value in all records of a page? */
static inline bool
SourceColumnIsGiven(const SourceColumn *column)
{
	return column->param != NULL || column->partition != NULL || SourceColumnIsOfFile(column);
}

/* Which rows of a source have changed since the last run, and where the next one goes on. */
typedef struct SourceChanges
{
	char	   *position;
	List	   *columns;		/* char *, whose values the rows have; NIL: everything is read */
	char	   *rows;			/* table of those values, or a query in parentheses */
	Oid			array_type;
	Datum		first;			/* values of the first column */
} SourceChanges;

typedef struct SourceDefinition
{
	Oid			relid;
	char	   *relation;		/* qualified name, for messages */
	Oid			owner;
	Oid			server;			/* InvalidOid: no foreign table of ours */
	Oid			server_owner;
	char	   *server_name;

	const struct SourceKind *kind;
	void	   *own;			/* private data of its kind, or NULL */
	struct FilePolicy *files;	/* how its files are loaded, each once; NULL: it has none */
	struct FileFilter *filter;	/* which of them a SELECT wants; NULL: all */

	char	   *records;		/* one or several paths; NULL: the decoder's default */
	bool		records_optional;	/* a member that is absent on the way to them means none */
	bool		has_header;		/* of names, in which each column that is not optional must be */
	bool		takes_bounds;	/* its pages tell which values parts of them have */

	/* windows */
	Interval   *window;			/* NULL: one request per params combination */
	char	   *window_column;	/* NULL without windows */
	AttrNumber	window_attnum;
	Oid			window_type;	/* of that column: timestamptz, timestamp or date */
	TimeStyle	window_style;
	bool		window_clamp;	/* requests say now where a window ends later */
	pg_tz	   *window_zone;	/* its days and months are those of this zone */

	/* cursor.h */
	char	   *cursor_column;	/* NULL: none */
	AttrNumber	cursor_attnum;
	Oid			cursor_type;
	char	   *cursor_start;	/* sent as it is while nothing has landed; or NULL */
	TimeStyle	cursor_style;
	bool		cursor_has_format;
	bool		resumes;		/* runs go on from the position of the last page that landed */
	bool		is_stream;		/* what it has been read past never comes again */

	EnvelopeSpec *envelope;		/* its records are events of change; NULL: they are rows */
	struct EventLanding *landing;	/* where rows of the events are; NULL: no pipeline reads them */
	List	   *key;			/* char *, of the pipeline; NIL without one */

	SourceChanges *changes;		/* of a run; NULL: they are not followed */

	TupleDesc	desc;			/* of the relation, dropped columns included */
	int			ncolumns;
	SourceColumn *columns;
	List	   *params;			/* of char *: names whose values a slice must have */
	List	   *labels;			/* the same of values that a slice may have, and no request asks with */
} SourceDefinition;

/* Is this relation a foreign table of one of our wrappers? */
extern bool SourceIsOurs(Oid relid);

/* Is it a table of one whose slices have rows of several tables? */
extern bool SourceIsStream(Oid relid);

/* Read a definition; raises an error when it is inconsistent. */
extern SourceDefinition *SourceDefinitionRead(Oid foreigntable);
/* The same for a pipeline's source, which may have been dropped. */
extern SourceDefinition *SourceDefinitionOf(const Pipeline *p);

/* Use the user mapping of role for its requests. */
extern void SourceAuthenticate(SourceDefinition *def, Oid role);

/* Identify the account that requests use, without secrets. */
extern char *SourceIdentity(const SourceDefinition *def);

/* A copy of text with secrets and parts of them replaced by ***. text may be NULL. */
extern char *SourceMask(const SourceDefinition *def, const char *text);

/* Does an unchanged response mean unchanged rows? */
extern bool SourceAnswersRepeat(const SourceDefinition *def);

/* A decoder for the pages of this source, in the current memory context. */
extern Decoder *SourceDecoder(const SourceDefinition *def);

/*
 * The same for a child, whose records lie within those of ancestors (SourceDefinition *, the parent
 * last).
 */
extern Decoder *SourceChildDecoder(const SourceDefinition *def, List *ancestors);

/* DecoderFill without secrets in its errors and rejects. */
extern bool SourceFill(const SourceDefinition *def, Decoder *decoder, struct RowBatch *rows);
/* The latter alone, for rows that were decoded otherwise. */
extern void SourceMaskRejects(const SourceDefinition *def, struct RowBatch *rows);

/* A slice's values for DecoderOpen: by attnum - 1, NULL where the column is not a param. */
extern const char **SourceParamValues(const SourceDefinition *def, const Slice *slice);

#endif
