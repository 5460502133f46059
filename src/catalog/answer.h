/*
 * answer.h
 *	  Validators of the last landed answer of a slice, and the key under which they may be used.
 *
 * An unchanged answer need not land again, but only if it would land as it did: under the same
 * definition, read with the same credentials, into a target that still holds its rows. These three
 * make a key that is stored with the answer; an answer of another key is ignored. Deletes and
 * updates by hand do not change the key: a run of given windows requests them regardless.
 */
#ifndef ELT_CATALOG_ANSWER_H
#define ELT_CATALOG_ANSWER_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Names the pipeline, its checks, foreign table and server as they are now. */
extern char *AnswerDefinition(const Pipeline *p);

/*
 * The key of a definition (including SourceIdentity; or NULL) and of the target as it is now. NULL
 * when the target may lose rows in a crash.
 */
extern char *AnswerKey(const Pipeline *p, const char *definition);

/* Fill etag, last_modified and body_hash of the slices (Slice *) that landed under this key. */
extern void AnswersRecall(const Pipeline *p, List *slices, const char *key);

#endif
