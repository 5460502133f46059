/*
 * replay_patch.h
 *	  What somebody has written in place of values of a reject, or of its text.
 */
#ifndef ELT_PIPELINE_REPLAY_PATCH_H
#define ELT_PIPELINE_REPLAY_PATCH_H

#include "postgres.h"
#include "catalog/replayed.h"
#include "source/decoding.h"
#include "utils/jsonb.h"

/* The JSON text of a typed row with its patch, if it has one. */
extern char *PatchedRow(const ReplayedReject *j);

/* The text of a scalar of a patch; NULL for null. */
extern char *PatchText(const JsonbValue *value);

/* Error when a member of an object is no column of the source. */
extern void PatchCheckColumns(Oid source, Jsonb *patch);

/* Members of an object, by column. */
extern PatchedValue *PatchedValues(const SourceDefinition *source, Jsonb *patch, int *count);

/* The params given, but for those in whose place somebody has written something. */
extern const char **ParamsWithout(const SourceDefinition *source, const char **given,
								  const PatchedValue *patched, int npatched);

#endif
