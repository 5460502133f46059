/*
 * add_check.c
 *	  SQL functions elt.add_check and elt.drop_check.
 */
#include "base/compat.h"
#include "check/check.h"

#include "base/errors.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "check/check_name.h"
#include "check/compile.h"
#include "check/declared_check.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_add_check);
PG_FUNCTION_INFO_V1(elt_drop_check);

static void
CheckIsAction(const char *action)
{
	for (CheckAction known = CHECK_WARN; known <= CHECK_FAIL; known++)
		if (strcmp(action, CheckActionName(known)) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for parameter \"action\": \"%s\"", action),
			 errhint("Valid values are \"warn\", \"quarantine\", \"drop\" and \"fail\".")));
}

static char *
TextArg(FunctionCallInfo fcinfo, int n)
{
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static void
CheckMayAdd(const Pipeline *p)
{
	PipelineCheckMayActAsOwner(p, "add a check to");
}

Datum
elt_add_check(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	char	   *name;
	Sql			q;

	RequireArg(fcinfo, 1, "check_name");
	RequireArg(fcinfo, 2, "expression");
	RequireArg(fcinfo, 3, "action");
	name = TextArg(fcinfo, 1);
	CheckNameIsValid(name);
	CheckIsAction(TextArg(fcinfo, 3));

	p = CommandBegin(fcinfo, CheckMayAdd);
	PipelineKeep(p);
	CheckNameIsNew(p, name);
	ConditionVerify(p, name, TextArg(fcinfo, 2));

	SqlBegin(&q, "insert into elt_catalog.check_rule (pipeline_id, name, expression, action, "
			 "native) values ($1, $2, $3, $4, $5) on conflict do nothing");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, name);
	SqlAddText(&q, TextArg(fcinfo, 2));
	SqlAddText(&q, TextArg(fcinfo, 3));
	SqlAddBool(&q, CheckIsNative(p, TextArg(fcinfo, 2)));
	if (SqlDo(&q, AsCatalog()) == 0)
		CheckNameReportIsThere(p, name);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

static void
ReportNoCheck(const Pipeline *p, const char *name, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("check \"%s\" of pipeline \"%s\" does not exist", name, p->name),
				 errhint("Use SELECT * FROM elt.checks to list the checks of all pipelines.")));
	ereport(NOTICE,
			(errmsg("check \"%s\" of pipeline \"%s\" does not exist, skipping", name, p->name)));
}

/* A later check of this name may measure something else. */
static void
ForgetEvidence(const Pipeline *p, const char *name)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.check_result set evidence = null "
			 "where pipeline_id = $1 and check_name = $2 and evidence is not null");
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, name);
	SqlDo(&q, AsCatalog());
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
		ForgetEvidence(p, TextArg(fcinfo, 1));
	else
		ReportNoCheck(p, TextArg(fcinfo, 1), PG_GETARG_BOOL(2));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}
