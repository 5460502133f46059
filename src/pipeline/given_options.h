/*
 * given_options.h
 *	  The options given in a call of elt.create_pipeline or elt.alter_pipeline.
 */
#ifndef ELT_PIPELINE_GIVEN_OPTIONS_H
#define ELT_PIPELINE_GIVEN_OPTIONS_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "catalog/pipeline_option.h"
#include "fmgr.h"

/*
 * Set in p the options that a call gives: arguments named like options, and those in argument n, a
 * JSON object where null stands for the default. Each is checked on its own. Returns their numbers.
 * A pipeline without id is being created; the options of any other are altered.
 */
extern Bitmapset *GivenOptions(FunctionCallInfo fcinfo, int n, Pipeline *p);

#endif
