/*
 * archive_table.c
 *	  The table <table>_archive: the archives of a table as foreign tables that are its partitions.
 *
 * The files stay as they were written: a column that was added since is null in them, one that was
 * renamed is read from the field that has its old name. What a column of another type would make of
 * the old values is known only where the types are compatible.
 */
#include "base/compat.h"
#include "partition/archive_table.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "common/string.h"
#include "partition/all_part.h"
#include "partition/busy.h"
#include "partition/packed_table.h"
#include "partition/part_name.h"
#include "partition/readers.h"
#include "sink/archive.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define COLLATION \
	"(select format(' COLLATE %I.%I', n.nspname, c.collname) from pg_collation c " \
	"join pg_namespace n on n.oid = c.collnamespace join pg_type y on y.oid = t.atttypid " \
	"where c.oid = t.attcollation and c.oid <> y.typcollation)"
#define TYPE "format_type(t.atttypid, t.atttypmod), " COLLATION
/* Of the name of a foreign table, in bytes. */
#define MOST_SUFFIX 24

/* A field that no file has. */
#define NO_FIELD "elt_no_field"

#define LIVE(t) t ".attnum > 0 and not " t ".attisdropped"

static char *
SchemaOf(const Policy *policy)
{
	return get_namespace_name(get_rel_namespace(policy->relation));
}

/* ---- the table ---- */

static Oid
Created(const Policy *policy, const char *name)
{
	return get_relname_relid(name, get_rel_namespace(policy->relation));
}

static void
RememberTable(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "update elt_catalog.policy set archive_table = $2 where relation = $1");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddOid(&q, REGCLASSOID, policy->archive_table);
	SqlDo(&q, AsCatalog());
}

static char *
NewName(const Policy *policy)
{
	char	   *name = ShortName(get_rel_name(policy->relation), "_archive");

	if (OidIsValid(Created(policy, name)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", name),
				 errdetail("The table of the archives of table \"%s\" has this name.",
						   RelationLabel(policy->relation)),
				 errhint("Rename the other relation.")));
	return name;
}

static void
CreateTable(Policy *policy)
{
	char	   *name = NewName(policy);
	Sql			q;

	SqlBeginKept(&q, "select format('CREATE TABLE %I.%I (', $2, $3) || string_agg("
				 "format('%I %s%s', t.attname, " TYPE "), ', ' order by t.attnum) || "
				 "format(') PARTITION BY RANGE (%I)', $4) from pg_attribute t "
				 "where t.attrelid = $1 and " LIVE("t"));
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlAddText(&q, SchemaOf(policy));
	SqlAddText(&q, name);
	SqlAddText(&q, policy->column);
	SqlExec(SqlDoText(&q, AsCatalog()), RelationOwner(policy->relation));
	policy->archive_table = Created(policy, name);
	RememberTable(policy);
}

/* ---- foreign tables ---- */

/* $4 has the fields of columns that were renamed. */
static char *
CreateStatement(const Policy *policy, const LedgerRow *row, const char *table)
{
	Sql			q;

	SqlBeginKept(&q, "select format('CREATE FOREIGN TABLE %s (', $2) || string_agg("
				 "format('%I %s OPTIONS (optional ''true''%s)%s', t.attname, "
				 "format_type(t.atttypid, t.atttypmod), ', path ' || quote_literal($4->>t.attname), "
				 COLLATION "), ', ' order by t.attnum) || "
				 "format(') SERVER %I OPTIONS (glob %L, format %L, settle ''0'')', $3, $5, $6) "
				 "from pg_attribute t where t.attrelid = $1 and " LIVE("t"));
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlAddText(&q, table);
	SqlAddText(&q, row->archive_server);
	SqlAddJsonb(&q, row->archive_names);
	SqlAddText(&q, row->archive_path);
	SqlAddText(&q, pg_str_endswith(row->archive_path, ArchiveCsvSuffix) ? "csv" : "parquet");
	return SqlDoText(&q, AsCatalog());
}

/* Another one in the same range may be a partition already. */
static bool
IsFree(const Policy *policy, const Part *wanted)
{
	Policy		of_archives = *policy;
	ListCell   *lc;

	of_archives.relation = policy->archive_table;
	foreach(lc, PartsOf(&of_archives))
	{
		const Part *part = lfirst(lc);

		if (part->lower < wanted->upper && part->upper > wanted->lower)
			return false;
	}
	return true;
}

static void
AttachIfFree(const Policy *policy, Oid foreign, const Part *part)
{
	if (IsFree(policy, part))
		SqlExec(psprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s",
						 QuotedRelation(policy->archive_table), QuotedRelation(foreign),
						 BoundsClause(policy, part->lower, part->upper)),
				RelationOwner(policy->relation));
}

static void
AttachPacked(const Policy *policy)
{
	ListCell   *lc;

	foreach(lc, PackedAttachable(policy))
	{
		const LedgerRow *row = lfirst(lc);

		DropWith(policy->relation, row->part.relid);
		AttachIfFree(policy, row->part.relid, &row->part);
	}
}

static void
RememberForeignTable(const Policy *policy, const LedgerRow *row)
{
	Sql			q;

	SqlBeginKept(&q, "update elt_catalog.partition set archived_as = $3 "
				 "where relation = $1 and name = $2");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddText(&q, row->name);
	SqlAdd(&q, REGCLASSOID, ObjectIdGetDatum(row->archived_as), !OidIsValid(row->archived_as));
	SqlDo(&q, AsCatalog());
}

/* What the name of a partition adds to that of its table. */
static const char *
SuffixOf(const Policy *policy, const LedgerRow *row)
{
	const char *table = get_rel_name(policy->relation);
	size_t		len = strlen(table);

	if (strncmp(row->name, table, len) == 0 && row->name[len] == '_' &&
		strlen(row->name + len) <= MOST_SUFFIX)
		return row->name + len;
	return "_part";
}

static void
CreateForeignTable(const Policy *policy, LedgerRow *row)
{
	Oid			owner = RelationOwner(policy->relation);
	char	   *name = FreeName(get_rel_name(policy->archive_table), SuffixOf(policy, row),
								get_rel_namespace(policy->relation));
	char	   *table = quote_qualified_identifier(SchemaOf(policy), name);

	SqlExec(CreateStatement(policy, row, table), owner);
	row->archived_as = Created(policy, name);
	AttachIfFree(policy, row->archived_as, &row->part);
	RememberForeignTable(policy, row);
}

static void
CreateForeignTables(const Policy *policy)
{
	ListCell   *lc;

	foreach(lc, LedgerArchived(policy->relation))
		if (!OidIsValid(((LedgerRow *) lfirst(lc))->archived_as))
			CreateForeignTable(policy, lfirst(lc));
}

typedef struct Drop
{
	char	   *statement;
	Oid			owner;
} Drop;

char *
ArchiveForeignTable(const LedgerRow *row)
{
	if (!OidIsValid(row->archived_as))
		elog(ERROR, "archive of partition \"%s\" has no foreign table", row->name);
	return QuotedRelation(row->archived_as);
}

static void
DropNow(void *arg)
{
	const Drop *drop = arg;

	SqlExec(drop->statement, drop->owner);
}

void
ArchiveTableForget(const Policy *policy, const LedgerRow *row)
{
	Drop		drop = {.owner = RelationOwner(policy->relation)};
	Sql			q;

	if (!OidIsValid(row->archived_as))
		return;
	drop.statement = psprintf("DROP FOREIGN TABLE %s", ArchiveForeignTable(row));
	WithLockTimeout(policy->lock_timeout_ms, DropNow, &drop);
	SqlBeginKept(&q, "update elt_catalog.partition set archived_as = null "
				 "where relation = $1 and archived_as = $2");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddOid(&q, REGCLASSOID, row->archived_as);
	SqlDo(&q, AsCatalog());
}

/* ---- columns ---- */

/* What PostgreSQL itself converts without being asked keeps its meaning. */
static void
CheckTypes(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select t.attname, format_type(a.atttypid, null), format_type(t.atttypid, null) "
				 "from pg_attribute t join pg_attribute a on a.attrelid = $2 and a.attname = t.attname "
				 "and " LIVE("a") " where t.attrelid = $1 and " LIVE("t") " and a.atttypid <> t.atttypid "
				 "and not exists (select from pg_cast c where c.castsource = a.atttypid "
				 "and c.casttarget = t.atttypid and c.castcontext = 'i')");
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlAddOid(&q, OIDOID, policy->archive_table);
	if (SqlRun(&q, AsCatalog()) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("archives of table \"%s\" cannot be read with column \"%s\" of type %s",
						RelationLabel(policy->relation), SqlText(&q, 0, 1), SqlText(&q, 0, 3)),
				 errdetail("They were written with type %s, which is not converted to it implicitly.",
						   SqlText(&q, 0, 2)),
				 errhint("Rename the column, and add one of the old name and type.")));
	SqlDone(&q);
}

bool
ArchiveTableMustGo(const Policy *policy)
{
	Sql			q;

	if (!OidIsValid(policy->archive_table))
		return false;
	SqlBeginKept(&q, "select from pg_attribute a left join pg_attribute t on t.attrelid = $1 "
				 "and t.attname = a.attname and " LIVE("t") " where a.attrelid = $2 and " LIVE("a")
				 " and (a.atttypid, a.atttypmod, a.attcollation) is distinct from "
				 "(t.atttypid, t.atttypmod, t.attcollation)");
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlAddOid(&q, OIDOID, policy->archive_table);
	return SqlDo(&q, AsCatalog()) > 0;
}

static char *
NewColumns(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select string_agg(format('ADD COLUMN %I %s%s', t.attname, " TYPE "), ', ' "
				 "order by t.attnum) from pg_attribute t where t.attrelid = $1 and " LIVE("t")
				 " and not exists (select from pg_attribute a where a.attrelid = $2 "
				 "and a.attname = t.attname and " LIVE("a") ")");
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlAddOid(&q, OIDOID, policy->archive_table);
	return SqlDoText(&q, AsCatalog());
}

/* Columns of foreign tables that have come with those of the table lack what CreateStatement gives them. */
static void
LetColumnsBeMissing(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select format('ALTER FOREIGN TABLE %s ' || string_agg("
				 "format('ALTER COLUMN %I OPTIONS (ADD optional ''true''%s)', t.attname, "
				 "', ADD path ' || quote_literal(l.archive::jsonb->'names'->>t.attname)), ', '), "
				 "l.archived_as) from elt_catalog.partition l "
				 "join pg_attribute t on t.attrelid = l.archived_as and " LIVE("t")
				 " where l.relation = $1 and t.attfdwoptions is null group by l.archived_as");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), RelationOwner(policy->relation));
}

/*
 * A column that has the name which a renamed one had when the file was written is none of its fields.
 */
static void
NoteAbsentFields(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "update elt_catalog.partition l set archive = jsonb_set(l.archive::jsonb, '{names}', "
				 "l.archive::jsonb->'names' || n.absent)::text from ("
				 "select a.name, jsonb_object_agg(t.attname, '" NO_FIELD "') as absent "
				 "from elt_catalog.partition a join pg_attribute t on t.attrelid = $1 and " LIVE("t")
				 " where a.relation = $1 and a.archived_rows is not null "
				 "and not a.archive::jsonb->'names' ? t.attname and exists ("
				 "select from jsonb_each_text(a.archive::jsonb->'names') f where f.value = t.attname) "
				 "group by a.name) n where l.relation = $1 and l.name = n.name");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlDo(&q, AsCatalog());
}

static void
FollowColumns(Policy *policy)
{
	char	   *columns;

	if (ArchiveTableMustGo(policy))
	{
		CheckTypes(policy);
		ArchiveTableDrop(policy);
		policy->archive_table = InvalidOid;
		return;
	}
	columns = NewColumns(policy);
	if (columns == NULL)
		return;
	SqlExec(psprintf("ALTER TABLE %s %s", QuotedRelation(policy->archive_table), columns),
			RelationOwner(policy->relation));
	LetColumnsBeMissing(policy);
	PackedColumnsAdded(policy);
}

/* Foreign tables that are no partitions of it have its columns, too. */
static List *
OwnForeignTables(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select l.archived_as::oid from elt_catalog.partition l "
				 "join pg_class c on c.oid = l.archived_as "
				 "where l.relation = $1 and not c.relispartition order by 1");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	return SqlDoOids(&q, AsCatalog());
}

/* The numbers of columns are those of this table alone: a dump gives it and them other ones. */
static void
NoteColumns(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "update elt_catalog.partition l set archive = (l.archive::jsonb || "
				 "jsonb_build_object('of', $1::oid::int8, 'columns', c.names))::text "
				 "from (select jsonb_object_agg(t.attnum, t.attname) as names from pg_attribute t "
				 "where t.attrelid = $1 and " LIVE("t") ") c "
				 "where l.relation = $1 and l.archived_rows is not null and "
				 "(l.archive::jsonb->'columns' is distinct from c.names "
				 "or (l.archive::jsonb->>'of')::int8 is distinct from $1::oid::int8)");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlDo(&q, AsCatalog());
}

static char *
NotedColumns(const Policy *policy)
{
	Sql			q;

	SqlBeginKept(&q, "select noted->'columns' from ("
				 "select 1 as n, substring(all_query from E'.*\n-- ({.*})$')::jsonb as noted "
				 "from elt_catalog.policy where relation = $1 union all "
				 "select 2, archive::jsonb from elt_catalog.partition "
				 "where relation = $1 and archived_rows is not null) s "
				 "where (noted->>'of')::int8 = $1::oid::int8 order by n limit 1");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	return SqlDoText(&q, AsCatalog());
}

bool
ArchiveTableRenamed(const Policy *policy, List **renamed)
{
	char	   *noted = NotedColumns(policy);
	Sql			q;

	if (noted == NULL)
		return false;
	SqlBeginKept(&q, "select c.value, t.attname from jsonb_each_text($2) c "
				 "join pg_attribute t on t.attrelid = $1 and t.attnum = c.key::int2 and " LIVE("t")
				 " where t.attname <> c.value");
	SqlAddOid(&q, OIDOID, policy->relation);
	SqlAddJsonb(&q, noted);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
		*renamed = lappend(*renamed, list_make2(SqlText(&q, i, 1), SqlText(&q, i, 2)));
	SqlDone(&q);
	return true;
}

void
ArchiveTableFollow(Policy *policy)
{
	NoteAbsentFields(policy);
	if (OidIsValid(policy->archive_table))
		FollowColumns(policy);
	if (!OidIsValid(policy->archive_table))
		CreateTable(policy);
	CreateForeignTables(policy);
	AttachPacked(policy);
	NoteColumns(policy);
}

/* A path takes a field by its name only if no letter has a meaning in it. */
static void
CheckFieldName(const Policy *policy, const char *name)
{
	if (strpbrk(name, ".$[]\"*") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of table \"%s\", which has archives, cannot be renamed", name,
						RelationLabel(policy->relation)),
				 errhint("Rename it back.")));
}

/* $1 is the table, $2 the old name, $3 the new one; the field is the first name that the column had. */
#define FIELD "coalesce((l.archive::jsonb->'names')->>$2, $2)"

static void
RenameInLedger(const Policy *policy, const char *from, const char *to)
{
	Sql			q;

	SqlBeginKept(&q, "update elt_catalog.partition l set archive = jsonb_set(l.archive::jsonb, '{names}', "
				 "coalesce(l.archive::jsonb->'names', '{}') - $2 || jsonb_build_object($3, " FIELD "))::text "
				 "where relation = $1 and archived_rows is not null and l.archive::jsonb ? 'columns'");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddText(&q, from);
	SqlAddText(&q, to);
	SqlDo(&q, AsCatalog());
}

static List *
PathStatements(const Policy *policy, const char *from, const char *to)
{
	Sql			q;

	SqlBeginKept(&q, "select format('ALTER FOREIGN TABLE %s ALTER COLUMN %I OPTIONS (%s path %L)', "
				 "l.archived_as, $3, case when l.archive::jsonb->'names' ? $2 then 'SET' else 'ADD' end, "
				 FIELD ") from elt_catalog.partition l join pg_class c on c.oid = l.archived_as "
				 "where l.relation = $1 and l.archived_rows is not null and l.archive::jsonb ? 'columns'");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlAddText(&q, from);
	SqlAddText(&q, to);
	return SqlDoTexts(&q, AsCatalog());
}

static void
RenameIn(Oid relid, const char *from, const char *to, Oid owner)
{
	SqlExec(psprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", QuotedRelation(relid),
					 quote_identifier(from), quote_identifier(to)), owner);
}

void
ArchiveTableRename(const Policy *policy, const char *from, const char *to)
{
	Oid			owner = RelationOwner(policy->relation);
	List	   *statements;
	ListCell   *lc;

	CheckFieldName(policy, from);
	statements = PathStatements(policy, from, to);
	if (OidIsValid(policy->archive_table))
		RenameIn(policy->archive_table, from, to, owner);
	foreach(lc, OwnForeignTables(policy))
		RenameIn(lfirst_oid(lc), from, to, owner);
	SqlExecAll(statements, owner);
	RenameInLedger(policy, from, to);
}

/* ---- all of it ---- */

List *
ArchiveTableParts(const Policy *policy)
{
	List	   *relations = OwnForeignTables(policy);
	List	   *parts = NIL;
	ListCell   *lc;

	if (OidIsValid(policy->archive_table))
		relations = lcons_oid(policy->archive_table, relations);
	foreach(lc, relations)
	{
		AllPart    *part = palloc0(sizeof(AllPart));

		part->relid = lfirst_oid(lc);
		parts = lappend(parts, part);
	}
	return parts;
}

void
ArchiveTableDrop(const Policy *policy)
{
	Oid			owner = RelationOwner(policy->relation);
	ListCell   *lc;
	Sql			q;

	foreach(lc, OwnForeignTables(policy))
		SqlExec(psprintf("DROP FOREIGN TABLE %s", QuotedRelation(lfirst_oid(lc))), owner);
	if (OidIsValid(policy->archive_table))
	{
		PackedLeave(policy);
		SqlExec(psprintf("DROP TABLE %s", QuotedRelation(policy->archive_table)), owner);
	}
	SqlBeginKept(&q, "update elt_catalog.partition set archived_as = null where relation = $1");
	SqlAddOid(&q, REGCLASSOID, policy->relation);
	SqlDo(&q, AsCatalog());
}
