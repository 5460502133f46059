/*
 * packed_table.c
 *	  Foreign tables of packed rows: as parts of <table>_all, and how they are dropped.
 *
 * They are partitions of <table>_archive if possible, so that the view does not name each of them and need
 * not be replaced for each new one. A foreign table whose columns differ from those of <table>_archive, or
 * whose range overlaps that of a partition, is a part of the view by itself.
 */
#include "base/compat.h"
#include "partition/packed_table.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "partition/all_part.h"
#include "partition/ledger.h"
#include "partition/pack_shape.h"
#include "partition/readers.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

Oid
PackedTableOf(Oid foreign)
{
	Sql			q;

	SqlBeginKept(&q, "select coalesce(to_regclass(max(option_value))::oid, 0)::int8 from pg_foreign_table, "
				 "pg_options_to_table(ftoptions) where ftrelid = $1 and option_name = 'packed'");
	SqlAddOid(&q, OIDOID, foreign);
	return (Oid) SqlDoInt8(&q, AsCatalog());
}

/*
 * They are found by their name, as a dump needs it, which does not follow that of the schema. Values of
 * other options are no names.
 */
void
PackedFollowSchema(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select format('ALTER FOREIGN TABLE %s OPTIONS (SET packed %L)', c.oid::regclass, "
				 "format('%I.%I', n.nspname, r.relname)) from elt_catalog.partition l "
				 "join pg_class c on c.oid = l.part join pg_namespace n on n.oid = c.relnamespace "
				 "join pg_foreign_table f on f.ftrelid = c.oid "
				 "join pg_options_to_table(f.ftoptions) o on case o.option_name when 'packed' "
				 "then to_regclass(o.option_value) is null end "
				 "join pg_class r on r.relnamespace = c.relnamespace and r.relowner = c.relowner "
				 "and r.relkind = 'r' and r.relname = (parse_ident(o.option_value))[2] "
				 "where l.relation = $1 and l.state = 'packed'");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), AsCatalog());
}

void
PackedDrop(Oid foreign, Oid owner)
{
	Oid			packed = PackedTableOf(foreign);

	SqlExec(psprintf("DROP FOREIGN TABLE %s", QuotedRelation(foreign)), owner);
	if (OidIsValid(packed))
		SqlExec(psprintf("DROP TABLE %s", QuotedRelation(packed)), owner);
}

/* ---- partitions of <table>_archive ---- */

#define LIVE(t) t ".attnum > 0 and not " t ".attisdropped"
#define COLUMNS(relation) \
	"select a.attname, a.atttypid, a.atttypmod, a.attcollation from pg_attribute a " \
	"where a.attrelid = " relation " and " LIVE("a")

List *
PackedAttachable(const Policy *policy)
{
	List	   *rows = NIL;
	ListCell   *lc;
	Oid			relation;
	Sql			q;

	SqlBeginKept(&q, "select l.part::oid from elt_catalog.partition l join pg_class c on c.oid = l.part "
				 "where l.relation = $1 and l.state = 'packed' and not c.relispartition "
				 "and not exists ((" COLUMNS("c.oid") " except " COLUMNS("$2") ") union all "
				 "(" COLUMNS("$2") " except " COLUMNS("c.oid") ")) order by 1");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddOid(&q, OIDOID, policy->archive_table);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
		rows = lappend(rows, LedgerOfPacked(lfirst_oid(lc), &relation));
	return rows;
}

static List *
Attached(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select h.inhrelid from pg_inherits h join pg_foreign_table f on f.ftrelid = h.inhrelid "
				 "join pg_foreign_server s on s.oid = f.ftserver "
				 "where h.inhparent = $1 and s.srvname = '" PACKED_SERVER "' order by 1");
	SqlAddOid(&q, OIDOID, policy->archive_table);
	return SqlDoOids(&q, AsCatalog());
}

void
PackedDetach(const Policy *policy, Oid foreign)
{
	if (get_rel_relispartition(foreign))
		SqlExec(psprintf("ALTER TABLE %s DETACH PARTITION %s", QuotedRelation(policy->archive_table),
						 QuotedRelation(foreign)), RelationOwner(policy->relation));
}

void
PackedLeave(const Policy *policy)
{
	ListCell   *lc;

	foreach(lc, Attached(policy))
		PackedDetach(policy, lfirst_oid(lc));
}

void
PackedColumnsAdded(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select format('ALTER FOREIGN TABLE %s ' || string_agg("
				 "format('ALTER COLUMN %I OPTIONS (ADD " PACKED_MISSING " ''true'')', t.attname), ', '), "
				 "h.inhrelid::regclass) "
				 "from pg_inherits h join pg_foreign_table f on f.ftrelid = h.inhrelid "
				 "join pg_foreign_server s on s.oid = f.ftserver and s.srvname = '" PACKED_SERVER "' "
				 "join pg_options_to_table(f.ftoptions) o on o.option_name = 'packed' "
				 "join pg_attribute t on t.attrelid = h.inhrelid and " LIVE("t") " "
				 "where h.inhparent = $1 and t.attname <> $2 and t.attfdwoptions is null "
				 "and not exists (select from pg_attribute p where p.attrelid = to_regclass(o.option_value) "
				 "and p.attname = t.attname and " LIVE("p") ") group by h.inhrelid");
	SqlAddOid(&q, OIDOID, policy->archive_table);
	SqlAdd(&q, NAMEOID, CStringGetDatum(policy->column), false);
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), RelationOwner(policy->relation));
}

void
PackedLetRead(const Policy *policy)
{
	CarryReaders(policy->relation, Attached(policy), RelationOwner(policy->relation), true);
}

/* ---- parts of their own ---- */

List *
PackedParts(const Policy *policy)
{
	List	   *parts = NIL;
	ListCell   *lc;
	Sql			q;

	SqlBeginKept(&q, "select l.part::oid from elt_catalog.partition l join pg_class c on c.oid = l.part "
				 "where l.relation = $1 and l.state = 'packed' and not c.relispartition "
				 "order by l.lower_bound, l.lower_value, l.name");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	foreach(lc, SqlDoOids(&q, AsCatalog()))
	{
		AllPart    *part = palloc0(sizeof(AllPart));

		part->relid = lfirst_oid(lc);
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

		RenameIfThere("TABLE", PackedTableOf(foreign), from, to, owner);
		RenameIfThere("FOREIGN TABLE", foreign, from, to, owner);
	}
}
