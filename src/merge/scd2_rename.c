/*
 * scd2_rename.c
 *	  Rename columns in the tables that a history is computed with.
 *
 * A user who renames columns does so in the source and in the target, and need not know of the tables
 * beside a history.
 */
#include "base/compat.h"
#include "merge/scd2_rename.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static bool
IsRenamed(const Renaming *r, char *name)
{
	return strcmp(RenamedColumn(r, name), name) != 0;
}

static void
RenameColumn(Oid table, const char *from, const char *to)
{
	SqlExec(psprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", QuotedRelation(table),
					 quote_identifier(from), quote_identifier(to)), RelationOwner(table));
}

/* In two steps, since columns may exchange their names. */
static void
RenameIn(Oid table, const Renaming *r)
{
	List	   *names = ColumnNames(table);
	ListCell   *lc;

	foreach(lc, names)
	{
		char	   *name = RenamedColumn(r, lfirst(lc));

		if (IsRenamed(r, lfirst(lc)) && (!NamesContain(names, name) || IsRenamed(r, name)))
			RenameColumn(table, lfirst(lc), psprintf("elt$%d", foreach_current_index(lc)));
	}
	foreach(lc, names)
	{
		const char *between = psprintf("elt$%d", foreach_current_index(lc));

		if (get_attnum(table, between) > 0)
			RenameColumn(table, between, RenamedColumn(r, lfirst(lc)));
	}
}

void
Scd2RenameColumns(const Pipeline *p, const Renaming *r)
{
	static const char *const suffixes[] = {"observed", "restated"};

	if (strcmp(p->strategy, "scd2") != 0 || get_rel_name(p->target) == NULL)
		return;
	for (int i = 0; i < lengthof(suffixes); i++)
	{
		Oid			table = get_relname_relid(psprintf("%s_%s", get_rel_name(p->target), suffixes[i]),
											  get_rel_namespace(p->target));

		if (OidIsValid(table))
			RenameIn(table, r);
	}
}
