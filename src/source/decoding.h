/*
 * decoding.h
 *	  Decoders of a source's rejected records.
 */
#ifndef ELT_SOURCE_DECODING_H
#define ELT_SOURCE_DECODING_H

#include "postgres.h"
#include "decode/decode.h"
#include "source/definition.h"

/* A value that a column has instead of the one in the record. */
typedef struct PatchedValue
{
	AttrNumber	attnum;
	char	   *text;			/* NULL: null */
} PatchedValue;

/* For texts of this form, as the server stores them; in the current memory context. */
extern Decoder *SourceRejectDecoder(const SourceDefinition *def, RejectForm form,
									const PatchedValue *patched, int npatched);

#endif
