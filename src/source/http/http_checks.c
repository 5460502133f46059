/*
 * http_checks.c
 *	  Check table, columns and server of elt_http against each other.
 */
#include "base/compat.h"
#include "source/http/http_checks.h"

#include "base/closest_name.h"
#include "base/sql_name.h"
#include "decode/path.h"
#include "source/cursor.h"
#include "source/definition_checks.h"
#include "source/http/export.h"
#include "source/http/http_source.h"
#include "source/http/template.h"
#include "source/options.h"
#include "source/window_options.h"
#include "source/windows.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static bool
HasWindowName(List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (IsWindowName(lfirst(lc)))
			return true;
	return false;
}

static List *
AddNames(List *names, List *found)
{
	ListCell   *lc;

	foreach(lc, found)
		if (!NamesContain(names, lfirst(lc)))
			names = lappend(names, lfirst(lc));
	return names;
}

/* The placeholders of one template option, added to names. */
static List *
AddPlaceholders(List *names, const char *option, const char *value)
{
	const char *problem = NULL;
	List	   *found = TemplateNames(value, &problem);

	if (problem != NULL)
		OptionError(option, value, problem, NULL);
	return AddNames(names, found);
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
				 errmsg("placeholder {%s} of foreign table \"%s\" requires option \"window\"",
						name, def->relation),
				 errhint("Specify the time range of one request, such as window '1 day'.")));
	closest = ClosestName(name, def->params);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("no column of foreign table \"%s\" provides placeholder {%s}",
					def->relation, name),
			 closest ? errhint("Perhaps you meant {%s}.", closest)
			 : strcmp(name, "cursor") == 0 ?
			 errhint("Specify the column with option cursor_column, or add one with OPTIONS "
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
				 errmsg("param \"%s\" of column \"%s\" of foreign table \"%s\" requires option "
						"\"window\"", column->param, column->name, def->relation)));
	closest = ClosestName(column->param, names);
	if (closest != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("param \"%s\" of column \"%s\" is not used in requests of foreign table "
						"\"%s\"",
						column->param, column->name, def->relation),
				 errhint("Perhaps you meant \"%s\".", closest)));
	def->params = list_delete_ptr(def->params, column->param);
	if (!NamesContain(def->labels, column->param))
		def->labels = lappend(def->labels, column->param);
}

static void
CheckWindowIsAsked(const SourceDefinition *def, List *names)
{
	if (def->window == NULL || HasWindowName(names))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("requests of foreign table \"%s\" do not use its windows",
					def->relation),
			 errhint("Use {window_start} and {window_end} (exclusive) or {window_last} "
					 "(inclusive) in option \"path\", \"query\", \"headers\" or "
					 "\"body\".")));
}

static bool
HasCursorName(const SourceDefinition *def, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (IsCursorName(def, lfirst(lc)))
			return true;
	return false;
}

static void
CheckCursorIsAsked(const SourceDefinition *def, List *names)
{
	if (def->cursor_column == NULL || HasCursorName(def, names))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("requests of foreign table \"%s\" do not use its cursor",
					def->relation),
			 errhint("Use {cursor} in option \"path\", \"query\", \"headers\" or "
					 "\"body\".")));
}

/* In CSV a column's path is the name of one field. */
static void
TakeFieldNames(SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns; i++)
	{
		SourceColumn *column = &def->columns[i];
		Path	   *path;

		if (column->path == NULL)
			continue;
		path = PathParse(column->path, psprintf("column \"%s\"", column->name));
		if (path->absolute || path->nsteps != 1 || path->steps[0].type != STEP_MEMBER)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("path \"%s\" of column \"%s\" of foreign table \"%s\" is not the "
							"name of a field", column->path, column->name, def->relation),
					 errdetail("Records of format 'csv' have fields without structure."),
					 errhint("Put a name with special characters in double quotes, such as "
							 "'\"Price (EUR)\"'.")));
		column->path = pstrdup(path->steps[0].name);
	}
}

void
HttpCheck(SourceDefinition *def)
{
	const HttpSource *http = def->own;
	List	   *names = AddPlaceholders(NIL, "path", http->path);
	ListCell   *lc;

	if (http->query != NULL)
		names = AddPlaceholders(names, "query", http->query);
	foreach(lc, http->own_headers)
		names = AddPlaceholders(names, "headers", lfirst(lc));
	if (http->body != NULL)
		names = AddNames(names, BodyPlaceholders(http->body_format, http->body));
	names = AddNames(names, ExportNames(http->export));
	if (http->format.kind == PAGE_XLSX)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("format 'xlsx' of foreign table \"%s\" requires a server of elt_file",
						def->relation),
				 errhint("Download the workbook into the directory of such a server.")));
	if (http->format.kind == PAGE_CSV)
		TakeFieldNames(def);
	PageFormatCheckColumns(def, &http->format);
	CollectParams(def);
	foreach(lc, names)
		CheckPlaceholder(def, lfirst(lc));
	for (int i = 0; i < def->ncolumns; i++)
		CheckParamIsUsed(def, &def->columns[i], names);
	WindowCheck(def);
	CheckWindowIsAsked(def, names);
	CursorCheck(def);
	CheckCursorIsAsked(def, names);
}

void
HttpCheckRights(const SourceDefinition *def)
{
	const HttpSource *http = def->own;

	if (http->allow_private)
		OwnerCheckReach(def, "allow_private", ALLOW_PRIVATE_DETAIL);
	if (http->proxy != NULL)
		OwnerCheckReach(def, "proxy", PROXY_DETAIL);
}
