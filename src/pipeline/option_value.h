/*
 * option_value.h
 *	  Convert the value of a pipeline option from JSON and check its range.
 */
#ifndef ELT_PIPELINE_OPTION_VALUE_H
#define ELT_PIPELINE_OPTION_VALUE_H

#include "postgres.h"
#include "catalog/pipeline_option.h"
#include "utils/jsonb.h"

/* The value in the option's type; error unless it is of the kind that JSON has for that. */
extern Datum OptionValueOfJson(const PipelineOption *o, const JsonbValue *value);

/* Error unless the option takes it. Numbers come from JSON alone, which checks theirs. */
extern void OptionCheckValue(const PipelineOption *o, Datum value);

#endif
