/*
 * given_options.h
 *	  The options that a call of elt.create_pipeline or elt.alter_pipeline gives.
 */
#ifndef ELT_PIPELINE_GIVEN_OPTIONS_H
#define ELT_PIPELINE_GIVEN_OPTIONS_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/pipeline_option.h"
#include "fmgr.h"

/*
 * Set in p what the call says: in arguments that are named like options, and in its argument n,
 * JSON of more of them, where null stands for the default. Each is checked on its own. Returns
 * their numbers. A pipeline without id is being created; the options of any other are altered.
 */
extern Bitmapset *GivenOptions(FunctionCallInfo fcinfo, int n, Pipeline *p);

#endif
