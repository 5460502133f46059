#include "base/compat.h"
#include "source/definition_checks.h"

#include "base/identity.h"
#include "base/sql.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "source/body_template.h"
#include "source/cursor.h"
#include "source/file_source.h"
#include "source/options.h"
#include "source/template.h"
#include "source/windows.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

bool
IsWindowName(const char *name)
{
	return strcmp(name, "window_start") == 0 || strcmp(name, "window_end") == 0 ||
		strcmp(name, "window_last") == 0;
}

static bool
HasWindowName(List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (IsWindowName(lfirst(lc)))
			return true;
	return false;
}

/* The placeholders of one template option, added to names. */
static List *
AddPlaceholders(List *names, const char *option, const char *value)
{
	const char *problem = NULL;
	List	   *found = TemplateNames(value, &problem);
	ListCell   *lc;

	if (problem != NULL)
		OptionError(option, value, problem, NULL);
	foreach(lc, found)
		if (!NamesContain(names, lfirst(lc)))
			names = lappend(names, lfirst(lc));
	return names;
}

static List *
AddBodyPlaceholders(List *names, const char *body)
{
	ListCell   *lc;

	if (body == NULL)
		return names;
	foreach(lc, BodyNames(body))
		if (!NamesContain(names, lfirst(lc)))
			names = lappend(names, lfirst(lc));
	return names;
}

static void
CollectParams(SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns; i++)
	{
		char	   *param = def->columns[i].param;

		if (param != NULL && !IsWindowName(param) && !IsCursorName(def, param) &&
			!NamesContain(def->params, param))
			def->params = lappend(def->params, param);
	}
}

static void
CheckPlaceholder(const SourceDefinition *def, const char *name)
{
	const char *closest;

	if (IsWindowName(name) ? def->window != NULL :
		NamesContain(def->params, name) || IsCursorName(def, name))
		return;
	if (IsWindowName(name))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("foreign table %s asks for {%s} without option \"window\"",
						def->relation, name),
				 errhint("Write how much time one request asks for, such as "
						 "window '1 day'.")));
	closest = ClosestName(name, def->params);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("foreign table %s asks for {%s}, which no column provides",
					def->relation, name),
			 closest ? errhint("Perhaps you meant {%s}.", closest)
			 : strcmp(name, "cursor") == 0 ?
			 errhint("Name the column with option cursor_column, or add one with OPTIONS "
					 "(param 'cursor').")
			 : errhint("Add a column with OPTIONS (param '%s').", name)));
}

/* A param that no request asks with only says what its rows are of, unless it is misspelled. */
static void
CheckParamIsUsed(SourceDefinition *def, const SourceColumn *column, List *names)
{
	const char *closest;

	if (column->param == NULL)
		return;
	if (IsWindowName(column->param) ? def->window != NULL : NamesContain(names, column->param))
		return;
	if (IsWindowName(column->param))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("column \"%s\" of foreign table %s takes \"%s\" without option "
						"\"window\"", column->name, def->relation, column->param)));
	closest = ClosestName(column->param, names);
	if (closest != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("param \"%s\" of column \"%s\" is in no request of foreign table %s",
						column->param, column->name, def->relation),
				 errhint("Perhaps you meant \"%s\".", closest)));
	def->params = list_delete_ptr(def->params, column->param);
	if (!NamesContain(def->labels, column->param))
		def->labels = lappend(def->labels, column->param);
}

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
			 errmsg("%s \"%s\" is not a column of foreign table %s", option, name,
					def->relation),
			 closest ? errhint("Perhaps you meant the column \"%s\".", closest) : 0));
}

static void
CheckWindowColumn(SourceDefinition *def)
{
	const SourceColumn *column = DefinitionColumn(def, "window_column", def->window_column);

	if (column->type != TIMESTAMPTZOID && column->type != TIMESTAMPOID &&
		column->type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("window_column \"%s\" of foreign table %s has type %s",
						column->name, def->relation, format_type_be(column->type)),
				 errdetail("A window is about a timestamptz, timestamp or date.")));
	def->window_attnum = column->attnum;
	def->window_type = column->type;
}

/* A format too coarse for its windows would ask for the same thing again and again. */
static void
CheckWindowFormatIsFine(const SourceDefinition *def)
{
	TimestampTz first = WindowFloor(def->window, def->window_zone, 0);
	TimestampTz second = WindowNext(def->window, def->window_zone, first);
	char	   *text = WindowBoundText(def, first);

	if (strcmp(text, WindowBoundText(def, second)) != 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("window_format \"%s\" of foreign table %s is too coarse for its window",
					def->window_style.pattern, def->relation),
			 errdetail("Two windows that follow each other both begin at \"%s\".", text)));
}

static void
CheckWindows(SourceDefinition *def, List *names)
{
	if (def->window == NULL)
		return;
	CheckWindowColumn(def);
	CheckWindowFormatIsFine(def);
	if (!HasWindowName(names))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("foreign table %s has windows, but its requests do not name them",
						def->relation),
				 errhint("Write {window_start} and {window_end} (the first instant not "
						 "wanted) or {window_last} (the last one wanted) into option "
						 "\"path\" or \"query\".")));
}

static void
CheckNoGeneratedColumns(const SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns; i++)
		if (TupleDescAttr(def->desc, def->columns[i].attnum - 1)->attgenerated != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" of foreign table %s is generated",
							def->columns[i].name, def->relation),
					 errdetail("Its columns are read from what the source answers.")));
}

static void
CheckRequests(SourceDefinition *def)
{
	List	   *names = AddPlaceholders(NIL, "path", def->path);
	ListCell   *lc;

	if (def->query != NULL)
		names = AddPlaceholders(names, "query", def->query);
	names = AddBodyPlaceholders(names, def->body);
	CollectParams(def);
	foreach(lc, names)
		CheckPlaceholder(def, lfirst(lc));
	for (int i = 0; i < def->ncolumns; i++)
		CheckParamIsUsed(def, &def->columns[i], names);
	CheckWindows(def, names);
	CursorCheck(def, names);
}

void
DefinitionCheck(SourceDefinition *def)
{
	CheckNoGeneratedColumns(def);
	if (def->file != NULL)
	{
		def->params = list_make1(FILE_PARAM);
		FileSourceCheck(def);
	}
	else
		CheckRequests(def);
}

static void
RefuseOption(const SourceDefinition *def, const char *option, const char *detail,
			 const char *who)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("owner \"%s\" of server \"%s\" may not have option \"%s\"",
					GetUserNameFromId(def->server_owner, true), def->server_name, option),
			 errdetail_internal("%s", detail),
			 errhint("%s may own a server with this option: ALTER SERVER %s OWNER TO one of them.",
					 who, quote_identifier(def->server_name))));
}

void
ServerRightsCheck(const SourceDefinition *def)
{
	if (def->allow_private && !MayReachPrivate(def->server_owner))
		RefuseOption(def, "allow_private",
					 "It lets requests reach private and loopback addresses.",
					 "A superuser or a member of role elt_admin");
	if (def->file != NULL && !has_privs_of_role(def->server_owner, ROLE_PG_READ_SERVER_FILES))
		RefuseOption(def, "root",
					 "It lets everyone who may use the server read the files of a directory.",
					 "A member of role pg_read_server_files");
}
