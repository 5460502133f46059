/*
 * file_commands.c
 *	  SQL functions on single files of the ledger.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "catalog/command.h"
#include "catalog/file_ledger.h"
#include "executor/spi.h"
#include "pipeline/ask_once.h"
#include "source/definition.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_forget_file);
PG_FUNCTION_INFO_V1(elt_reload_file);

static Datum
ChangeLedger(FunctionCallInfo fcinfo, bool (*change) (const Pipeline *p, const char *name))
{
	Pipeline   *p;
	char	   *name;

	RequireArg(fcinfo, 1, "file name");
	p = CommandBeginLocked(fcinfo, PipelineCheckMayDefineRoot);
	name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	AskOnceCheckFile(p, SourceDefinitionOf(p), name);
	if (!change(p, name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pipeline \"%s\" knows no file \"%s\"", p->name, name),
				 errhint("Use SELECT name FROM elt.files WHERE pipeline = %s to list those that it knows.",
						 quote_literal_cstr(p->name))));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

Datum
elt_forget_file(PG_FUNCTION_ARGS)
{
	return ChangeLedger(fcinfo, FileLedgerForget);
}

Datum
elt_reload_file(PG_FUNCTION_ARGS)
{
	return ChangeLedger(fcinfo, FileLedgerReload);
}
