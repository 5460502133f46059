/*
 * add_check.c
 *	  SQL functions elt.add_check and elt.drop_check.
 */
#include "base/compat.h"
#include "check/check.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "check/check_name.h"
#include "check/compile.h"
#include "check/declare.h"
#include "check/declared_check.h"
#include "check/history.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_add_check);
PG_FUNCTION_INFO_V1(elt_drop_check);

Datum
elt_add_check(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	char	   *name;
	char	   *warn_if;
	char	   *fail_if;
	Sql			q;

	RequireArg(fcinfo, 1, "check_name");
	RequireArg(fcinfo, 2, "expression");
	RequireArg(fcinfo, 3, "action");
	name = TextArg(fcinfo, 1);
	CheckNameIsValid(name);
	RequireAction(TextArg(fcinfo, 3));

	p = CommandBegin(fcinfo, MayAddCheck);
	PipelineKeep(p);
	CheckNameIsNew(p, name);
	warn_if = TextArgOrNull(fcinfo, 4);
	fail_if = TextArgOrNull(fcinfo, 5);
	ConditionVerify(p, name, TextArg(fcinfo, 2));
	VerifyConditions(p, name, warn_if, fail_if);

	SqlBegin(&q, "insert into elt_catalog.check_rule (pipeline_id, name, expression, action, "
			 "native, warn_if, fail_if, description) values ($1, $2, $3, $4, $5, $6, $7, $8) "
			 "on conflict do nothing");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, name);
	SqlAddText(&q, TextArg(fcinfo, 2));
	SqlAddText(&q, TextArg(fcinfo, 3));
	SqlAddBool(&q, CheckIsNative(p, TextArg(fcinfo, 2)));
	SqlAddText(&q, warn_if);
	SqlAddText(&q, fail_if);
	SqlAddText(&q, TextArgOrNull(fcinfo, 6));
	if (SqlDo(&q, AsCatalog()) == 0)
		CheckNameReportIsThere(p, name);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

Datum
elt_drop_check(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	Sql			q;

	RequireArg(fcinfo, 1, "check_name");
	RequireArg(fcinfo, 2, "if_exists");
	p = CommandBegin(fcinfo, PipelineCheckMayDefine);
	SqlBegin(&q, "delete from elt_catalog.check_rule where pipeline_id = $1 and name = $2");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, TextArg(fcinfo, 1));
	if (SqlDo(&q, AsCatalog()) > 0)
		HistoryForget(p, TextArg(fcinfo, 1));
	else
		ReportNoCheck(p, TextArg(fcinfo, 1), PG_GETARG_BOOL(2));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}
