/*
 * source_view.c
 *	  Maintain the view that makes a pipeline depend on its source and owner.
 */
#include "base/compat.h"
#include "load/source_view.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static char *
ViewName(const Pipeline *p)
{
	return psprintf("%s$source", p->name);
}

static char *
QuotedView(const Pipeline *p)
{
	return quote_qualified_identifier("elt_staging", ViewName(p));
}

static void
CheckOwnerExists(const Pipeline *p)
{
	if (SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(p->owner)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("owner of pipeline \"%s\" does not exist", p->name),
			 errhint("Use elt.alter_pipeline(%s, owner => ...) to assign another owner.",
					 quote_literal_cstr(p->name))));
}

/* Nobody is made the owner of a pipeline but by somebody who says so. */
static void
CheckSameOwner(const Pipeline *p, Oid view)
{
	Oid			owner = RelationOwner(view);
	char	   *name;

	if (owner == p->owner)
		return;
	name = GetUserNameFromId(owner, false);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("source view of pipeline \"%s\" was reassigned to role \"%s\"",
					p->name, name),
			 errdetail("The pipeline is still owned by its former owner."),
			 errhint("Use elt.alter_pipeline(%s, owner => %s) to reassign the pipeline as well.",
					 quote_literal_cstr(p->name),
					 quote_literal_cstr(quote_identifier(name)))));
}

static Oid
FindView(const Pipeline *p)
{
	return get_relname_relid(ViewName(p), get_namespace_oid("elt_staging", false));
}

void
SourceViewEnsure(const Pipeline *p)
{
	Oid			view = FindView(p);

	if (OidIsValid(view))
		CheckSameOwner(p, view);
	CheckOwnerExists(p);
	PipelineCheckSource(p);
	if (OidIsValid(view))
		return;
	SqlExec(psprintf("create view %s as select from %s", QuotedView(p),
					 QuotedRelation(p->source)), AsCatalog());
	SqlExec(psprintf("alter view %s owner to %s", QuotedView(p),
					 quote_identifier(GetUserNameFromId(p->owner, false))), AsCatalog());
}

void
SourceViewDrop(const Pipeline *p)
{
	if (OidIsValid(FindView(p)))
		SqlExec(psprintf("drop view %s", QuotedView(p)), AsCatalog());
}
