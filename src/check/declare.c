/*
 * declare.c
 *	  What the SQL functions that declare checks share.
 */
#include "base/compat.h"
#include "check/declare.h"

#include "check/declared_check.h"
#include "check/value_condition.h"

void
MayAddCheck(const Pipeline *p)
{
	PipelineCheckMayActAsOwner(p, "add a check to");
}

void
MayAlterCheck(const Pipeline *p)
{
	PipelineCheckMayActAsOwner(p, "alter a check of");
}

void
RequireAction(const char *action)
{
	if (!CheckActionIsValid(action))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for parameter \"action\": \"%s\"", action),
				 errhint("Valid values are \"warn\", \"quarantine\", \"drop\" and \"fail\".")));
}

void
VerifyConditions(const Pipeline *p, const char *check_name, const char *warn_if, const char *fail_if)
{
	if (warn_if != NULL)
		ValueConditionVerify(p, check_name, warn_if);
	if (fail_if != NULL)
		ValueConditionVerify(p, check_name, fail_if);
}

void
VerifyBatchConditions(const Pipeline *p, const char *check_name, const char *warn_if,
					  const char *fail_if)
{
	if (warn_if == NULL && fail_if == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("check \"%s\" has no condition", check_name),
				 errhint("Specify warn_if or fail_if, such as fail_if => '< 100'.")));
	VerifyConditions(p, check_name, warn_if, fail_if);
}

void
ReportNoCheck(const Pipeline *p, const char *check_name, bool if_exists)
{
	if (!if_exists)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("check \"%s\" of pipeline \"%s\" does not exist", check_name, p->name),
				 errhint("Use SELECT * FROM elt.checks to list the checks of all pipelines.")));
	ereport(NOTICE,
			(errmsg("check \"%s\" of pipeline \"%s\" does not exist, skipping", check_name,
					p->name)));
}
