/*
 * child_name.c
 *	  Name a child after its parent and its target: "orders_lines", of a target "lines" or "orders_lines".
 */
#include "base/compat.h"
#include "pipeline/child_name.h"

#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#define NAME_LENGTH 48

/* The table's name without its schema. */
static char *
TableName(const char *target)
{
	return pstrdup(strVal(llast(textToQualifiedNameList(cstring_to_text(target)))));
}

/* Of the characters that names of pipelines may have. */
static char *
PlainName(char *name)
{
	for (char *c = name; *c != '\0'; c++)
	{
		*c = pg_ascii_tolower((unsigned char) *c);
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *c) == NULL)
			*c = '_';
	}
	return name;
}

static char *
WholeName(const Pipeline *parent, const char *target)
{
	char	   *table = PlainName(TableName(target));
	const char *root = PipelineById(parent->root_id)->name;
	size_t		len = strlen(root);

	if (strncmp(table, root, len) == 0 && table[len] == '_')
		return table;
	return psprintf("%s_%s", parent->name, table);
}

char *
ChildNameWanted(const Pipeline *parent, const char *target)
{
	return pnstrdup(WholeName(parent, target), NAME_LENGTH);
}

char *
ChildNameFor(const Pipeline *parent, const char *target)
{
	char	   *whole = WholeName(parent, target);
	char	   *name = ChildNameWanted(parent, target);

	for (int n = 2; PipelineExists(name); n++)
	{
		char	   *suffix = psprintf("_%d", n);

		name = psprintf("%.*s%s", NAME_LENGTH - (int) strlen(suffix), whole, suffix);
	}
	return name;
}
