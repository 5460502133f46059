/*
 * same_request.c
 *	  Compare the options of two foreign tables that determine a request.
 */
#include "base/compat.h"
#include "source/same_request.h"

#include "base/sql_name.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "source/kind.h"
#include "source/options.h"
#include "utils/builtins.h"

#define SAME_REQUEST_DETAIL "The rows of a child are read from the responses to its parent's requests."

/* They say where the records are and which columns have a role, not what is requested. */
static bool
IsOfRows(const SourceDefinition *parent, const char *option)
{
	if (parent->kind->is_of_table != NULL)
		return parent->kind->is_of_table(option);
	return strcmp(option, "records") == 0 || strcmp(option, "window_column") == 0 ||
		strcmp(option, "cursor_column") == 0;
}

static void
CheckSameServer(const SourceDefinition *parent, const SourceDefinition *child)
{
	if (parent->server == child->server)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("foreign table \"%s\" uses server \"%s\", but that of its parent uses server \"%s\"",
					child->relation, child->server_name, parent->server_name),
			 errdetail(SAME_REQUEST_DETAIL),
			 errhint("Create a foreign table of server \"%s\" that differs from \"%s\" in option "
					 "\"records\" and its columns only.", parent->server_name, parent->relation)));
}

static const char *
Shown(const char *value)
{
	return value == NULL ? "not set" : psprintf("\"%s\"", value);
}

static void
ReportDifference(const SourceDefinition *parent, const SourceDefinition *child,
				 const char *option, const char *of_parent, const char *of_child)
{
	const char *value = of_parent == NULL ? "" : quote_literal_cstr(of_parent);
	const char *action = of_parent == NULL ? "DROP" : of_child == NULL ? "ADD" : "SET";

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" of foreign table \"%s\" differs from that of its parent \"%s\"",
					option, child->relation, parent->relation),
			 errdetail(SAME_REQUEST_DETAIL " The option is %s in the child and %s in the parent.",
					   Shown(of_child), Shown(of_parent)),
			 errhint("Use ALTER FOREIGN TABLE %s OPTIONS (%s %s%s%s).",
					 QuotedRelation(child->relid), action,
					 option, *value == '\0' ? "" : " ", value)));
}

/* Options of one that the other has not, or has otherwise. */
static void
CompareOptions(const SourceDefinition *parent, const SourceDefinition *child, List *options,
			   List *of_parent, List *of_child)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		const char *name = ((DefElem *) lfirst(lc))->defname;
		const char *a = OptionValue(of_parent, name);
		const char *b = OptionValue(of_child, name);

		if (!IsOfRows(parent, name) && (a == NULL || b == NULL || strcmp(a, b) != 0))
			ReportDifference(parent, child, name, a, b);
	}
}

void
SourceCheckSameRequest(const SourceDefinition *parent, const SourceDefinition *child)
{
	List	   *of_parent;
	List	   *of_child;

	CheckSameServer(parent, child);
	of_parent = GetForeignTable(parent->relid)->options;
	of_child = GetForeignTable(child->relid)->options;
	CompareOptions(parent, child, of_parent, of_parent, of_child);
	CompareOptions(parent, child, of_child, of_parent, of_child);
}
