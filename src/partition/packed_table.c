/*
 * packed_table.c
 *	  Foreign tables of packed rows: as parts of <table>_all, and how they are dropped.
 */
#include "base/compat.h"
#include "partition/packed_table.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "partition/all_part.h"
#include "partition/ledger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static char *
PackedTableOf(Oid foreign)
{
	Sql			q;

	SqlBegin(&q, "select option_value from pg_foreign_table, pg_options_to_table(ftoptions) "
			 "where ftrelid = $1 and option_name = 'packed'");
	SqlAddOid(&q, OIDOID, foreign);
	return SqlDoText(&q, AsCatalog());
}

void
PackedDrop(Oid foreign, Oid owner)
{
	char	   *packed = PackedTableOf(foreign);

	SqlExec(psprintf("DROP FOREIGN TABLE %s", QuotedRelation(foreign)), owner);
	if (packed != NULL)
		SqlExec(psprintf("DROP TABLE IF EXISTS %s", packed), owner);
}

List *
PackedParts(const Policy *policy)
{
	List	   *parts = NIL;
	ListCell   *lc;

	foreach(lc, LedgerPacked(policy->relation))
	{
		AllPart    *part = palloc0(sizeof(AllPart));

		part->relid = ((LedgerRow *) lfirst(lc))->part.relid;
		parts = lappend(parts, part);
	}
	return parts;
}

static void
RenameIfThere(const char *kind, Oid relid, const char *from, const char *to, Oid owner)
{
	if (OidIsValid(relid) && get_attnum(relid, from) > 0)
		SqlExec(psprintf("ALTER %s %s RENAME COLUMN %s TO %s", kind, QuotedRelation(relid),
						 quote_identifier(from), quote_identifier(to)), owner);
}

void
PackedRename(const Policy *policy, const char *from, const char *to)
{
	Oid			owner = RelationOwner(policy->relation);
	ListCell   *lc;

	foreach(lc, LedgerPacked(policy->relation))
	{
		Oid			foreign = ((LedgerRow *) lfirst(lc))->part.relid;
		Sql			q;

		SqlBegin(&q, "select coalesce(to_regclass($1)::oid, 0)::int8");
		SqlAddText(&q, PackedTableOf(foreign));
		RenameIfThere("TABLE", (Oid) SqlDoInt8(&q, AsCatalog()), from, to, owner);
		RenameIfThere("FOREIGN TABLE", foreign, from, to, owner);
	}
}
