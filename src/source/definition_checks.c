/*
 * definition_checks.c
 *	  Checks of definitions that all kinds share.
 */
#include "base/compat.h"
#include "source/definition_checks.h"

#include "base/closest_name.h"
#include "base/identity.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static SourceColumn *
FindColumn(const SourceDefinition *def, const char *name)
{
	for (int i = 0; i < def->ncolumns; i++)
		if (strcmp(def->columns[i].name, name) == 0)
			return &def->columns[i];
	return NULL;
}

static const char *
ClosestColumn(const SourceDefinition *def, const char *name)
{
	List	   *names = NIL;

	for (int i = 0; i < def->ncolumns; i++)
		names = lappend(names, def->columns[i].name);
	return ClosestName(name, names);
}

const SourceColumn *
DefinitionColumn(const SourceDefinition *def, const char *option, const char *name)
{
	const SourceColumn *column = FindColumn(def, name);
	const char *closest;

	if (column != NULL)
		return column;
	closest = ClosestColumn(def, name);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("%s \"%s\" is not a column of source \"%s\"", option, name,
					def->relation),
			 closest ? errhint("Perhaps you meant the column \"%s\".", closest) : 0));
}

void
OwnerRefused(const SourceDefinition *def, const char *option, const char *detail,
			 const char *who)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("owner \"%s\" of server \"%s\" is not permitted to use option \"%s\"",
					GetUserNameFromId(def->server_owner, true), def->server_name, option),
			 errdetail_internal("%s", detail),
			 errhint("%s may own a server with this option: ALTER SERVER %s OWNER TO one of them.",
					 who, quote_identifier(def->server_name))));
}

void
OwnerCheckReach(const SourceDefinition *def, const char *option, const char *detail)
{
	if (!MayReachPrivate(def->server_owner))
		OwnerRefused(def, option, detail, "A superuser or a member of role \"elt_admin\"");
}

void
DefinitionCheckDeletes(const SourceDefinition *def, const Pipeline *p, const char *hint)
{
	if (strcmp(p->strategy, "append") == 0 || p->delete_when != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("strategy \"%s\" requires option \"delete_when\" for source \"%s\"", p->strategy,
					def->relation),
			 errdetail("A deleted row comes as a row whose column with lineage 'op' is 'delete'."),
			 errhint("%s", hint)));
}
