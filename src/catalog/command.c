/*
 * command.c
 *	  Find the pipeline that an SQL function is called for.
 */
#include "base/compat.h"
#include "catalog/command.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "executor/spi.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_pipeline_named);

/* In the memory context of SPI. */
static char *
Connect(FunctionCallInfo fcinfo, int spi_options)
{
	RequireArg(fcinfo, 0, "pipeline name");
	SPI_connect_ext(spi_options);
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

static Pipeline *
PipelineWithRight(const char *name, PipelineRight right)
{
	Pipeline   *p = PipelineByName(name);

	right(p);
	return p;
}

Pipeline *
CommandBegin(FunctionCallInfo fcinfo, PipelineRight right)
{
	return PipelineWithRight(Connect(fcinfo, 0), right);
}

Pipeline *
CommandBeginLocked(FunctionCallInfo fcinfo, PipelineRight right)
{
	return PipelineLock(Connect(fcinfo, 0), right);
}

Pipeline *
CommandBeginCommitting(FunctionCallInfo fcinfo, const char *procedure, PipelineRight right)
{
	CheckCanCommit(fcinfo, procedure);
	return PipelineWithRight(Connect(fcinfo, SPI_OPT_NONATOMIC), right);
}

Datum
elt_pipeline_named(PG_FUNCTION_ARGS)
{
	char	   *name = Connect(fcinfo, 0);

	(void) PipelineByName(name);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}
