/*
 * add_batch_check.c
 *	  SQL function elt.add_batch_check.
 */
#include "base/compat.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "check/batch_check.h"
#include "check/check_name.h"
#include "check/declare.h"
#include "check/measure.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_add_batch_check);

static void
CheckScope(const Pipeline *p, const char *scope)
{
	if (strcmp(scope, "run") == 0)
		BatchChecksNeedEnd(p->parent_id == 0 ? p : PipelineById(p->root_id));
	else if (strcmp(scope, "batch") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"scope\": \"%s\"", scope),
				 errhint("Valid values are \"batch\" and \"run\".")));
}

Datum
elt_add_batch_check(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	char	   *name;
	char	   *measure;
	char	   *warn_if;
	char	   *fail_if;
	char	   *scope;
	Sql			q;

	RequireArg(fcinfo, 1, "check_name");
	RequireArg(fcinfo, 2, "measure");
	RequireArg(fcinfo, 5, "scope");
	p = CommandBegin(fcinfo, MayAddCheck);
	name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	measure = text_to_cstring(PG_GETARG_TEXT_PP(2));
	warn_if = TextArgOrNull(fcinfo, 3);
	fail_if = TextArgOrNull(fcinfo, 4);
	scope = text_to_cstring(PG_GETARG_TEXT_PP(5));

	PipelineKeep(p);
	CheckNameIsNew(p, name);
	CheckScope(p, scope);
	VerifyBatchConditions(p, name, warn_if, fail_if);
	MeasureVerify(p, name, measure);

	SqlBegin(&q, "insert into elt_catalog.check_rule (pipeline_id, name, expression, action, scope, "
			 "warn_if, fail_if, description) values ($1, $2, $3, "
			 "case when $6 is null then 'warn' else 'fail' end, $4, $5, $6, $7) on conflict do nothing");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, name);
	SqlAddText(&q, measure);
	SqlAddText(&q, scope);
	SqlAddText(&q, warn_if);
	SqlAddText(&q, fail_if);
	SqlAddText(&q, TextArgOrNull(fcinfo, 6));
	if (SqlDo(&q, AsCatalog()) == 0)
		CheckNameReportIsThere(p, name);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}
