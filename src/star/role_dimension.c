/*
 * role_dimension.c
 *	  Roles that a dimension plays: views of it with keys of their own names.
 */
#include "base/compat.h"
#include "star/role_dimension.h"

#include "base/errors.h"
#include "base/sql.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "star/star_comment.h"
#include "star/star_name.h"
#include "star/star_view.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(elt_create_role_dimension);

void
RoleDimensionPutView(const Dimension *d, const Dimension *base)
{
	List	   *columns = NIL;
	StringInfoData sql;
	Sql			q;
	ListCell   *lc;

	SqlBegin(&q, "select attname::text, col_description(attrelid, attnum) from pg_catalog.pg_attribute"
			 " where attrelid = $1 and attnum > 0 and not attisdropped order by attnum");
	SqlAddOid(&q, REGCLASSOID, base->relation);
	SqlRun(&q, AsCatalog());
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (uint64 row = 0; row < q.processed; row++)
	{
		char	   *column = SqlText(&q, row, 1);
		char	   *own = strcmp(column, base->key) == 0 ? d->key :
			base->durable != NULL && strcmp(column, base->durable) == 0 ? d->durable : column;

		appendStringInfo(&sql, "%sd.%s AS %s", row > 0 ? ", " : "", quote_identifier(column),
						 quote_identifier(own));
		columns = lappend(columns, list_make2(own, SqlText(&q, row, 2)));
	}
	SqlDone(&q);
	appendStringInfo(&sql, " FROM %s d", base->view);
	StarViewPut(d->schema, d->name, sql.data, d->role);
	foreach(lc, columns)
		StarCommentOnColumn(d->view, linitial((List *) lfirst(lc)), lsecond((List *) lfirst(lc)),
							d->role);
	StarComment(psprintf("VIEW %s", d->view), psprintf("the members of %s in another role", base->view),
				d->role);
}

static void
RegisterRole(const Dimension *d, const Dimension *base)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.dimension (relation, kind, stored, base, created_by)"
			 " values ($1::regclass, 'role', $2::regclass, $3, $4)");
	SqlAddText(&q, d->view);
	SqlAddText(&q, base->table);
	SqlAddOid(&q, REGCLASSOID, base->relation);
	SqlAddOid(&q, REGROLEOID, d->role);
	SqlDo(&q, AsCatalog());
}

Datum
elt_create_role_dimension(PG_FUNCTION_ARGS)
{
	Dimension  *d;
	Dimension  *base;

	RequireArg(fcinfo, 0, "name");
	RequireArg(fcinfo, 1, "relation");
	SPI_connect();
	base = DimensionNamed(PG_GETARG_OID(1));
	if (base->is_role)
		base = DimensionNamed(base->base);
	d = DimensionNew("role", text_to_cstring(PG_GETARG_TEXT_PP(0)), "");
	d->key = StarKeyName(d->name, "_key");
	if (base->durable != NULL)
		d->durable = StarKeyName(d->name, "_durable_key");
	RoleDimensionPutView(d, base);
	RegisterRole(d, base);
	d->relation = get_relname_relid(d->name, get_namespace_oid(d->schema, false));
	SPI_finish();
	PG_RETURN_OID(d->relation);
}
