/*
 * xml_decoder.h
 *	  Decode XML pages into rows, for decode.h.
 */
#ifndef ELT_DECODE_XML_DECODER_H
#define ELT_DECODE_XML_DECODER_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "decode/decode_spec.h"
#include "decode/row_batch.h"
#include "decode/unknown.h"

typedef struct XmlDecoder XmlDecoder;

extern XmlDecoder *XmlDecoderCreate(const DecodeSpec *spec, size_t record_memory);
extern void XmlDecoderOpen(XmlDecoder *d, ByteSource *source, const char **param_values);
/* Begin a page that is a rejected record alone; raw and context must outlive it. */
extern void XmlDecoderOpenRecord(XmlDecoder *d, const char *raw, const RejectContext *context,
								 const char **param_values);
extern bool XmlDecoderFill(XmlDecoder *d, RowBatch *batch);
/* Another sequence of pages begins. */
extern void XmlDecoderBegin(XmlDecoder *d);
extern void XmlDecoderMarkPresent(XmlDecoder *d, bool *present);
extern int64 XmlDecoderRecords(XmlDecoder *d);
/* As the functions of decode.h do. */
extern void XmlDecoderTrackUnknown(XmlDecoder *d);
extern void XmlDecoderTakeUnknown(XmlDecoder *d, UnknownSink sink, void *state);
extern List *XmlDecoderUnknownSamples(XmlDecoder *d);

#endif
