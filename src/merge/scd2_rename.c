/*
 * scd2_rename.c
 *	  Rename columns in the tables that a history is computed with.
 *
 * Who renames a column does so in the source and in the target. Of the tables beside a history nobody
 * need know.
 */
#include "base/compat.h"
#include "merge/scd2_rename.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

typedef struct Names
{
	char	   *former;
	char	   *name;
} Names;

static List *
NamesOf(Jsonb *columns)
{
	JsonbIterator *it = JsonbIteratorInit(&columns->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	Names	   *names = NULL;
	List	   *list = NIL;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			names = palloc0(sizeof(Names));
			names->former = pnstrdup(value.val.string.val, value.val.string.len);
			list = lappend(list, names);
		}
		else if (token == WJB_VALUE)
			names->name = pnstrdup(value.val.string.val, value.val.string.len);
	}
	return list;
}

static bool
IsRenamed(List *list, const char *name)
{
	ListCell   *lc;

	foreach(lc, list)
		if (strcmp(((Names *) lfirst(lc))->former, name) == 0)
			return true;
	return false;
}

static void
RenameColumn(Oid table, const char *from, const char *to)
{
	SqlExec(psprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", QuotedRelation(table),
					 quote_identifier(from), quote_identifier(to)), RelationOwner(table));
}

/* In two steps, since columns may change places. */
static void
RenameIn(Oid table, List *list)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		const Names *names = lfirst(lc);

		if (get_attnum(table, names->former) > 0 &&
			(get_attnum(table, names->name) <= 0 || IsRenamed(list, names->name)))
			RenameColumn(table, names->former, psprintf("elt$%d", foreach_current_index(lc)));
	}
	foreach(lc, list)
	{
		const char *between = psprintf("elt$%d", foreach_current_index(lc));

		if (get_attnum(table, between) > 0)
			RenameColumn(table, between, ((Names *) lfirst(lc))->name);
	}
}

void
Scd2RenameColumns(const Pipeline *p, Jsonb *columns)
{
	static const char *const suffixes[] = {"observed", "restated"};
	List	   *list = NamesOf(columns);

	if (strcmp(p->strategy, "scd2") != 0 || get_rel_name(p->target) == NULL)
		return;
	for (int i = 0; i < lengthof(suffixes); i++)
	{
		Oid			table = get_relname_relid(psprintf("%s_%s", get_rel_name(p->target), suffixes[i]),
											  get_rel_namespace(p->target));

		if (OidIsValid(table))
			RenameIn(table, list);
	}
}
