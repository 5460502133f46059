/*
 * define.h
 *	  Requirements of a definition, when it is created and when a part of it is replaced.
 */
#ifndef ELT_PIPELINE_DEFINE_H
#define ELT_PIPELINE_DEFINE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* Error unless the name is valid and not in use. */
extern void DefineCheckName(const char *name);
/* The source; error unless the owner can read it, and it has what the definition names. */
extern SourceDefinition *DefineCheckSource(Pipeline *p);

/* Error unless full loads of full_every fit the strategy, and are there where deletes need them. */
extern void DefineCheckFullEvery(const Pipeline *p, const SourceDefinition *source);

/* Error unless the first window of the source is known. */
extern void DefineCheckStart(const Pipeline *p, const SourceDefinition *source);

/* Error unless what says how the target is partitioned is complete. */
extern void DefineCheckPartitioning(const Pipeline *p);

/* The target that the strategy makes of the source; the pipeline is not in the catalogue yet. */
extern Oid	DefineEnsureTarget(const char *target, const Pipeline *p,
							   const SourceDefinition *source);

/* Give the target its partition policy. */
extern void DefineStorePolicy(const Pipeline *p);

#endif
