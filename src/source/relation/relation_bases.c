/*
 * relation_bases.c
 *	  Find the tables whose data a relation shows.
 *
 * Views and partitioned tables are followed to what they are made of. What a function reads is not
 * known, and a materialized view shows its data as of a time that says nothing of what was running
 * then.
 */
#include "base/compat.h"
#include "source/relation/relation_bases.h"

#include "base/base_relations.h"
#include "base/sql.h"
#include "catalog/pg_type.h"
#include "source/relation/relation_source.h"

/* The tables among that, and the server of each foreign one. */
#define TABLES \
	WITH_BASE_RELATIONS \
	" select c.relkind::text, s.oid, w.fdwname::text from base b join pg_class c on c.oid = b.oid" \
	" left join pg_foreign_table t on t.ftrelid = c.oid" \
	" left join pg_foreign_server s on s.oid = t.ftserver" \
	" left join pg_foreign_data_wrapper w on w.oid = s.srvfdw" \
	" where c.relkind in ('r', 'm', 'f')"

static void
AddForeign(RelationSource *relation, Oid server, const char *wrapper)
{
	relation->is_local = false;
	if (strcmp(wrapper, "postgres_fdw") == 0)
		relation->servers = list_append_unique_oid(relation->servers, server);
	else
		relation->can_settle = false;
}

void
RelationBasesFind(SourceDefinition *def)
{
	RelationSource *relation = def->own;
	Sql			q;

	SqlBegin(&q, TABLES);
	SqlAddOid(&q, OIDOID, def->relid);
	SqlRun(&q, AsCatalog());
	relation->is_local = true;
	relation->can_settle = q.processed > 0;
	for (uint64 i = 0; i < q.processed; i++)
	{
		char	   *kind = SqlText(&q, i, 1);
		bool		isnull;

		if (kind[0] == 'f')
			AddForeign(relation, DatumGetObjectId(SqlDatum(&q, i, 2, &isnull)),
					   SqlText(&q, i, 3));
		if (kind[0] == 'r')
			relation->has_local = true;
		if (kind[0] == 'm')
			relation->can_settle = false;
	}
	SqlDone(&q);
}
