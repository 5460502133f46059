/*
 * carry.c
 *	  Write and execute the statements that carry properties to a new partition.
 */
#include "base/compat.h"
#include "partition/carry.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

/* $1 is the table, $2 the partition as text, $3 as OID. */
#define GRANTEE "case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end"
#define GRANT_OPTION "case when a.is_grantable then ' WITH GRANT OPTION' end"

static const char statements[] =
"select s from (select 1 as place, format('GRANT %s ON %s TO %s%s', "
"string_agg(a.privilege_type, ', ' order by a.privilege_type), $2, " GRANTEE ", " GRANT_OPTION
") as s "
"from pg_class c, aclexplode(c.relacl) a "
"where c.oid = $1 and not c.relrowsecurity and a.grantee <> c.relowner "
"group by a.grantee, a.is_grantable "

"union all select 2, format('GRANT %s (%I) ON %s TO %s%s', "
"string_agg(a.privilege_type, format(' (%I), ', t.attname) order by a.privilege_type), "
"t.attname, $2, " GRANTEE ", " GRANT_OPTION ") "
"from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a "
"where c.oid = $1 and not c.relrowsecurity and not t.attisdropped "
"group by t.attname, a.grantee, a.is_grantable "

"union all select 3, format('ALTER TABLE %s REPLICA IDENTITY %s', $2, case p.relreplident "
"when 'f' then 'FULL' when 'n' then 'NOTHING' else 'USING INDEX ' || quote_ident(c.relname) end) "
"from pg_class p left join (pg_index i "
"join pg_inherits h on h.inhparent = i.indexrelid "
"join pg_index j on j.indexrelid = h.inhrelid and j.indrelid = $3 "
"join pg_class c on c.oid = j.indexrelid) "
"on i.indrelid = p.oid and i.indisreplident "
"where p.oid = $1 and p.relreplident <> 'd' "
"and (p.relreplident <> 'i' or c.oid is not null) "

"union all select 4, format('COMMENT ON TABLE %s IS %L', $2, description) "
"from pg_description where objoid = $1 and classoid = 'pg_class'::regclass and objsubid = 0 "

"union all select 5, format('ALTER TABLE %s ALTER %I SET STATISTICS %s', $2, attname, attstattarget) "
"from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped and attstattarget >= 0 "

"union all select 6, format('ALTER TABLE %s ALTER %I SET (%s)', $2, attname, "
"(select string_agg(format('%I = %L', option_name, option_value), ', ') "
"from pg_options_to_table(attoptions) where option_name ~ '^n_distinct')) "
"from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped "
"and attoptions::text ~ 'n_distinct') s order by place, s";

/* Of those whose owner the table's owner can act for; the others he must be told of. */
static void
Publish(Oid latest, const char *part, Oid owner)
{
	Sql			q;

	SqlBeginKept(&q, "select format('ALTER PUBLICATION %I ADD TABLE %s', p.pubname, $2), p.pubname, "
				 "pg_has_role($3, p.pubowner, 'usage') "
				 "from pg_publication_rel r join pg_publication p on p.oid = r.prpubid "
				 "where r.prrelid = $1 order by p.pubname");
	SqlAddOid(&q, OIDOID, latest);
	SqlAddText(&q, part);
	SqlAddOid(&q, OIDOID, owner);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		if (SqlBool(&q, i, 3))
			SqlExec(SqlText(&q, i, 1), owner);
		else
			ereport(WARNING,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("new partition %s is not published by \"%s\"", part,
							SqlText(&q, i, 2)),
					 errdetail("The owner of the table does not own the publication."),
					 errhint("Use %s.", SqlText(&q, i, 1))));
	}
	SqlDone(&q);
}

/* What cannot be set on a partitioned table, the latest partition knows. */
char *
StorageClauses(Oid relation, Oid latest)
{
	Sql			q;

	SqlBeginKept(&q, "select coalesce((select format(' USING %I', amname) from pg_class c "
				 "join pg_am a on a.oid = c.relam where c.oid = $1 "
				 "and amname <> current_setting('default_table_access_method')), '') || "
				 "coalesce((select ' WITH (' || string_agg(o, ', ') || ')' from ("
				 "select format('%I = %L', option_name, option_value) "
				 "from pg_class, pg_options_to_table(reloptions) where oid = $1 "
				 "union all select format('toast.%I = %L', option_name, option_value) "
				 "from pg_class c join pg_class t on t.oid = c.reltoastrelid, "
				 "pg_options_to_table(t.reloptions) where c.oid = $1) s(o)), '') || "
				 "coalesce((select format(' TABLESPACE %I', spcname) from pg_class c "
				 "join pg_tablespace t on t.oid = c.reltablespace where c.oid = $2), '')");
	SqlAddOid(&q, OIDOID, latest);
	SqlAddOid(&q, OIDOID, relation);
	return SqlDoText(&q, AsCatalog());
}

const char *
PersistenceClause(Oid latest)
{
	return OidIsValid(latest) && get_rel_persistence(latest) == RELPERSISTENCE_UNLOGGED ?
		"UNLOGGED " : "";
}

void
CarryProperties(Oid relation, Oid part, Oid latest, Oid owner)
{
	Sql			q;
	char	   *name = QuotedRelation(part);
	static SPIPlanPtr plan = NULL;

	SqlBeginAs(&q, statements, CURSOR_OPT_GENERIC_PLAN, &plan);
	SqlAddOid(&q, OIDOID, relation);
	SqlAddText(&q, name);
	SqlAddOid(&q, OIDOID, part);
	SqlExecAll(SqlDoTexts(&q, AsCatalog()), owner);
	if (OidIsValid(latest))
		Publish(latest, name, owner);
}
