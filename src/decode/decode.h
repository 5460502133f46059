/*
 * decode.h
 *	  Decode pages into rows.
 */
#ifndef ELT_DECODE_DECODE_H
#define ELT_DECODE_DECODE_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "decode/decode_spec.h"
#include "decode/row_batch.h"
#include "decode/unknown.h"
#include "nodes/bitmapset.h"

typedef struct Decoder Decoder;

/* Checks the specification, with errors that name the column. Lives in the current context. */
extern Decoder *DecoderCreate(const DecodeSpec *spec);

/* The pages that follow are of another slice. */
extern void DecoderBegin(Decoder *decoder);

/* Begin a page. param_values[attnum - 1], or NULL for none; both must outlive the page. */
extern void DecoderOpen(Decoder *decoder, ByteSource *source, const char **param_values);

/*
 * Begin a page that is a rejected record alone, in any form but those of typed rows; the
 * text must outlive it. False: the definition does not have the list, or the header, that it needs.
 */
extern bool DecoderOpenReject(Decoder *decoder, RejectForm form, const char *raw,
							  const RejectContext *context, const char **param_values);

/*
 * Add rows and rejects to the batch. True: it is full, or it holds all rows before a fault;
 * process and reset it, then call again. False: the page has ended; the batch may hold rows.
 * Raises an error when the page does not match the specification.
 */
extern bool DecoderFill(Decoder *decoder, RowBatch *batch);

/* Records seen in this page so far, rejected ones included. */
extern int64 DecoderRecords(Decoder *decoder);

/* The same of the records of the parent that contain them; 0: it is no child's decoder. */
extern int64 DecoderParents(Decoder *decoder);

/* Records of all pages so far that are events without a row, such as "2 tombstones"; NULL: there are none. */
extern char *DecoderPassed(const Decoder *decoder);

/* Why its records cannot have children, as a sentence; NULL: they can. */
extern const char *DecoderWithoutChildren(const Decoder *decoder);

/*
 * Only these columns (attnum) are wanted: where values need not be read to find others, the rest are null.
 * Before the first page.
 */
extern void DecoderReadOnly(Decoder *decoder, const Bitmapset *attnums);

/*
 * Only rows within all bounds (DecodeBound *) are wanted: others may be left out, and may come. Before a
 * page; the list must outlive it.
 */
extern void DecoderNarrow(Decoder *decoder, List *bounds);

/*
 * Of a page that has parts, only those are wanted for which take says so, which is asked once for each, in
 * order. Before a page.
 */
extern void DecoderTake(Decoder *decoder, bool (*take) (void *arg), void *arg);

/* Prepare decoders of a parent and a child for reading the same pages, the parent's first. */
extern void DecoderRelate(Decoder *parent, Decoder *child);

/* Takes the rows and rejects of a batch, and resets it. */
typedef void (*RowSink) (void *state);

/*
 * Let the child read its records in passing, while DecoderFill reads those of the parent: its rows
 * go into the batch, and to the sink whenever that is full. Each page is opened for the child too,
 * after the parent. False: it has to read each page itself. Neither has been used before.
 */
extern bool DecoderAttach(Decoder *parent, Decoder *child, RowBatch *batch, RowSink sink,
						  void *state);

/* The page of the parent has ended: make what the batch holds of the child's ready to be taken. */
extern void DecoderFinishAttached(Decoder *child);

/*
 * Set present[attnum - 1] for columns whose path led to a value, possibly null, in this page;
 * the others are unchanged. Columns that are not read from the page are always present.
 */
extern void DecoderMarkPresent(Decoder *decoder, bool *present);

/*
 * Track fields of records that no column reads, in the batch that begins. The sink gets
 * what was seen since the last call; path NULL: of fields that had no room.
 */
extern void DecoderTrackUnknown(Decoder *decoder);
extern void DecoderTakeUnknown(Decoder *decoder, UnknownSink sink, void *state);
/* Texts (char *) of records that have such fields; some of them may be cut. */
extern List *DecoderUnknownSamples(Decoder *decoder);

/* The text of the first record since the sample was forgotten, at most 8 kB of it; or NULL. */
extern const char *DecoderSample(Decoder *decoder);
extern void DecoderForgetSample(Decoder *decoder);

#endif
