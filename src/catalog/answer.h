/*
 * answer.h
 *	  What the last landed answer of a slice carried, and what that may be held against.
 *
 * An answer that has not changed need not be landed again, but only if it would land as it did:
 * under the same definition, read by the same asker, into a target that still holds its rows.
 * Those three make a key that is stored with the answer; an answer of another key is forgotten.
 * Deletes and updates by hand leave no trace in it: a run of named windows asks regardless.
 */
#ifndef ELT_CATALOG_ANSWER_H
#define ELT_CATALOG_ANSWER_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Names the pipeline, its checks, foreign table and server as they are now. */
extern char *AnswerDefinition(const Pipeline *p);

/*
 * Of a definition (with who asks; or NULL) and the target as it is now. NULL when the target may
 * lose rows in a crash.
 */
extern char *AnswerKey(const Pipeline *p, const char *definition);

/* Fill etag, last_modified and body_hash of the slices (Slice *) that landed under this key. */
extern void AnswersRecall(const Pipeline *p, List *slices, const char *key);

#endif
