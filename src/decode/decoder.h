/*
 * decoder.h
 *	  The state of a decoder, shared by the files that implement it.
 */
#ifndef ELT_DECODE_DECODER_H
#define ELT_DECODE_DECODER_H

#include "postgres.h"
#include "decode/batch_private.h"
#include "decode/decode.h"
#include "decode/json_reader.h"
#include "decode/path_tree.h"
#include "nodes/pg_list.h"

/* The fault of a [*] column whose value is neither an array nor null. */
#define NOT_AN_ARRAY JSON_END

/* A value on the way to the records that is being read. */
typedef struct Frame
{
	uint64		stamp;			/* of this instance of the level */
	int64		index;			/* of the next element */
	bool		found;			/* the step was there */
	bool		inner;			/* the value of a member of .keyvalue(): no text of its own */
	/* the way on, set aside until everything anchored here is known */
	KeptValue	deferred;
	int64		offset;			/* where it stood */
	int64		line;
	JsonReader *replay;			/* reads it ... */
	ByteSource	source;			/* ... from here */
	bool		given;			/* source has handed it out */
	JsonReader *outer;			/* the reader to return to afterwards; NULL: not replaying */
} Frame;

struct Decoder
{
	struct CsvDecoder *csv;		/* does it all, when the pages are CSV; else NULL */
	struct XmlDecoder *xml;		/* the same for XML */
	struct ParquetDecoder *parquet; /* and for Parquet */
	struct UnionDecoder *parts; /* do it all, when records are in several places; else NULL */

	MemoryContext cxt;
	struct TextSource *text;	/* of the page that is open */
	PathTree   *tree;
	DecodeFraming framing;
	size_t		record_memory;
	size_t		memory;			/* what is left of it */
	int			max_depth;

	/* the page */
	ByteSource *source;
	JsonReader *page;			/* reads it */
	JsonReader *reader;			/* that, or one that replays deferred text */
	bool		collected;		/* a first pass has read what is anchored at single levels */
	bool		ended;
	bool		failed;			/* see error */
	ConvertFault error;
	char	   *error_detail;
	const char *error_hint;
	int64		records;
	int64		parents;		/* of the parent's records, of which those are a part */

	/* the line, where each line is a value of its own */
	int64		records_before; /* the line */
	int64		line_offset;
	int64		line_number;	/* when a column takes it */
	BatchPlace	line_start;		/* what the batch held before it */
	bool		line_split;		/* an earlier batch has taken rows of it */
	const char *line_fault;		/* what is wrong with it although its text is JSON; or NULL */
	int64		parents_before; /* the line */
	struct LineSet *bad_lines;	/* told by this decoder and those of other lists; or NULL */
	bool		begins_lines;	/* it is the first of them to read a page */

	/* the way to the records */
	List	   *others;			/* of Path: where decoders of other lists find theirs */
	const PathStep *steps;
	int			nsteps;
	int			level;			/* open frames */
	JsonToken	token;			/* the first of the record that was arrived at */
	Frame		frames[PATH_MAX_STEPS + 1];
	uint64		stamp;			/* the last one given */
	uint64		opened;			/* the last one of the pages before */
	int64		forgotten_taint;	/* of a value that a child has read, the first; -1: none */
	int64		others_taint;	/* the same of NaN that only attached decoders want */
	int			tainted_level;	/* the first at which a value of a child's ancestor is no text; -1 */
	KeptValue	key;			/* the member that .keyvalue() is at */

	/* children that are read in passing: attach.c */
	struct Decoder *host;		/* whose records contain these; NULL: it reads pages itself */
	List	   *attached;		/* Decoder *, whose host it is */
	List	   *descendants;	/* those and theirs */
	int			record_level;	/* of these records on the way to theirs */
	RowSink		sink;			/* of an attached one: takes its rows when the batch is full */
	void	   *sink_state;

	/* the record */
	JsonHeadKind head;			/* that keeps its first bytes */
	struct EventReader *events; /* reads records that are events of change; NULL: they are rows */
	struct HeaderRow *header;	/* names the fields of records; NULL: they have names or numbers */
	RowBatch   *batch;
	int			row;			/* of the batch, being made */
	int64		record_offset;
	int64		record_line;	/* when a column takes it */
	char	   *misfit;			/* why it is none of the header's; NULL: it is */
	bool		faulty;			/* some column is */
	int64		zip_len;		/* rows that its arrays make */
	int64		zip_row;		/* the next of them */
	struct NestedZip *nested;	/* of arrays of arrays; NULL: not needed yet */

	/* a record that is decoded once more, alone */
	bool		alone;
	int64		given_line;		/* where it stood; 0: not told */
	int64		given_arrival;
	JsonReader *ancestors;		/* reads what stood outside of it; NULL: not needed so far */

	bool		unknown_is_fresh;	/* the record has members that few had before */
	List	   *unknown_samples;	/* char *, records that have some */
	char	   *sample;			/* text of the first record since DecoderForgetSample, or NULL */
	char	   *scratch;		/* unescaped text */
	size_t		scratch_size;
};

/* ---- walk.c: the way to the records ---- */

typedef enum Arrival
{
	ARRIVED_RECORD,				/* its first token is d->token */
	ARRIVED_ON_THE_WAY,			/* of WalkToRecord: the page has ended, or the batch is full */
	ARRIVED_FAILED
} Arrival;

extern Arrival WalkToRecord(Decoder *d);
extern void WalkReset(Decoder *d);
/* The first token of the value at d->level has been read. */
extern Arrival Arrive(Decoder *d, JsonToken token);
/* The next step within the value at hand; d->level > 0. */
extern Arrival WalkOn(Decoder *d);

/* ---- attach.c ---- */

/* What attached decoders want of a member of a record. */
typedef struct AttachedNode
{
	Decoder    *child;			/* its records are in here; or NULL */
	List	   *needs;			/* PathNode *, members that must have been read before them */
	List	   *followers;		/* Decoder *, whose rows take values from here */
} AttachedNode;

/* ---- walk_attached.c ---- */

/* A record begins. */
extern void AttachedBegin(Decoder *d);
/* The key of a member was read in which attached decoders find something. False: it failed. */
extern bool ReadAttached(Decoder *d, PathNode *member, uint64 stamp);
/* All of the record has been read. False: an attached decoder failed. */
extern bool AttachedEnd(Decoder *d);

/* ---- node.c ---- */

/* Read a value for node, whose first token was just read. False: the reader failed. */
extern bool ReadNode(Decoder *d, PathNode *node, uint64 stamp, JsonToken token);
/* Read past a value that nobody wants, whose first token was just read. */
extern bool SkipValue(JsonReader *reader, JsonToken token);
/* Everything below node is null again. */
extern void ClearNode(Decoder *d, PathNode *node);

/* ---- record.c ---- */

extern void StartRow(Decoder *d);
/* The row is whole. */
extern void FinishRow(Decoder *d, RowOrigin *(*origin) (Decoder *d));
/*
 * The column that refuses the record, or NULL when all of its values are in place. A fault may have
 * been taken back by a later member of the same name.
 */
extern PathColumn *RefusedColumn(Decoder *d);

/* Read a record: one row, a reject, or rows for MakeZipRows. False: the reader failed. */
extern bool ReadRecord(Decoder *d);
extern void MakeZipRows(Decoder *d);

/* ---- line.c ---- */

/* The first token of a line has been read. */
extern void BeginLine(Decoder *d);
/* May the batch take more rows of the line at hand than it should hold? */
extern bool LineStaysTogether(Decoder *d);
/* The line at hand is broken: a reject, and decoding goes on behind it. False: the page fails. */
extern bool RejectLine(Decoder *d);

/* The offsets of lines that are broken. */
extern struct LineSet *LineSetCreate(void);
extern void LineSetClear(struct LineSet *set);

/* Is the record a member, whose text does not have its key? */
static inline bool
RecordIsMember(const Decoder *d)
{
	return d->nsteps > 0 && d->steps[d->nsteps - 1].type == STEP_KEYVALUE && !d->alone;
}

/* Is the record the value of a member? Then its text is kept with the member's key. */
static inline bool
RecordIsValue(const Decoder *d)
{
	return d->nsteps > 1 && d->steps[d->nsteps - 2].type == STEP_KEYVALUE;
}

/* No more rows before the batch is handed on. */
static inline bool
IsFull(Decoder *d)
{
	return unlikely(BatchIsFull(d->batch)) && !LineStaysTogether(d);
}

/* What is no text has been dealt with; who reads the record around it wants to know of it. */
static inline void
ForgetTaint(Decoder *d)
{
	if (d->forgotten_taint < 0)
		d->forgotten_taint = d->reader->tainted;
	d->reader->tainted = -1;
}

/* ---- value.c ---- */

extern void KeepValue(Decoder *d, KeptValue *kept, const JsonValue *value);
/* A value arrives for a column: kept, or put into the row. */
extern void TakeValue(Decoder *d, PathColumn *c, const JsonValue *value);
extern void PutValue(Decoder *d, PathColumn *c, const JsonValue *value);
extern void PutToken(Decoder *d, PathColumn *c, JsonToken token);
/* It cannot be had: message says why. */
extern void MarkProblem(Decoder *d, PathColumn *c, const char *message);
/* Forget a column's value. */
extern void ClearValue(Decoder *d, PathColumn *c);
/* The shared columns of the row being made; the first that is refused, or NULL. */
extern PathColumn *PutSharedValues(Decoder *d);
/* Unescaped, in scratch when need be; NULL: not a text. */
extern const char *UnescapedText(Decoder *d, const char *raw, size_t *len, bool escaped);

/* ---- presence.c ---- */

/* A page begins: nothing has been seen in it. */
extern void PresenceBegin(Decoder *d);
/* The text of the record that has just been read, at most 8 kB of it; in the decoder's context. */
extern char *RecordExcerpt(Decoder *d);
/* Keep it as the sample. */
extern void KeepSample(Decoder *d);

/* ---- ancestors.c ---- */

/* Values outside of the record, by column; NULL: none are read. False: they are too long. */
extern bool AncestorsText(Decoder *d, const char **text);
/* Read them from such a text; NULL: there are none. Raises an error when the text is not JSON. */
extern void AncestorsTake(Decoder *d, const char *text);
/* Read a JSON text that was kept with a rejected record, behind its first token. */
extern void ReadKeptText(Decoder *d, const char *text);

/* ---- fault.c: each returns false ---- */

extern bool FailReader(Decoder *d);
extern bool FailMemory(Decoder *d);
/* The text is JSON but does not match the specification; in JSON lines the line is rejected. */
extern bool FailPage(Decoder *d, const char *message);
/* What an event says cannot be done: the page fails, also one of JSON lines. */
extern bool FailEvent(Decoder *d, const char *message, const char *hint);
extern void RaiseFailure(Decoder *d);

/* The record of the parent is rejected as well, for what its own decoder sees. */
extern void RejectTaintedParent(Decoder *d);

extern RowOrigin *OriginOfRecord(Decoder *d);
extern RowOrigin *OriginOfZipRow(Decoder *d);
extern RowOrigin *OriginOfLine(Decoder *d);
extern void RejectRecord(Decoder *d, const RowOrigin *origin, const char *column,
						 const char *reason, int sqlstate, const char *message);
extern void RejectColumn(Decoder *d, const RowOrigin *origin, PathColumn *c);

#endif
