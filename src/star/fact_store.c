/*
 * fact_store.c
 *	  The table of a fact that stores its keys, and members that facts name first.
 */
#include "base/compat.h"
#include "star/fact_store.h"

#include "base/item_list.h"
#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "merge/target.h"
#include "star/fact_sql.h"
#include "star/member_infer.h"
#include "star/star_watch.h"
#include "star/stored_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Of one dimension after the other in the order of their numbers, as others lock them. */
static List *
RolesInOrder(const Fact *fact)
{
	List	   *roles = NIL;
	Oid			last = InvalidOid;

	for (;;)
	{
		Oid			next = InvalidOid;
		ListCell   *lc;

		foreach(lc, fact->roles)
		{
			FactRole   *role = lfirst(lc);
			Oid			base = role->dimension->base;

			if (FactRoleIs(role, "source") && base > last && (!OidIsValid(next) || base < next))
				next = base;
		}
		if (!OidIsValid(next))
			return roles;
		foreach(lc, fact->roles)
			if (((FactRole *) lfirst(lc))->dimension->base == next)
				roles = lappend(roles, lfirst(lc));
		last = next;
	}
}

/* Members of a dimension that reads the same rows may have changed since. */
static bool
IsKnown(const Fact *fact, const FactRole *role, List *known)
{
	const Dimension *d = role->dimension;
	ListCell   *lc;

	if (d->source == fact->source || d->derived_from == fact->source)
		return false;
	foreach(lc, known)
	{
		const FactRole *other = lfirst(lc);

		if (other->dimension->base == d->base && NamesAreSame(other->columns, role->columns))
			return true;
	}
	return false;
}

void
FactInferMembers(const Fact *fact, const char *rows, List *known)
{
	ListCell   *lc;

	if (!fact->infers)
		return;
	foreach(lc, RolesInOrder(fact))
	{
		FactRole   *role = lfirst(lc);

		if (!IsKnown(fact, role, known))
			(void) MembersInfer(role->dimension, rows, fact->source, role->columns);
	}
}

/* While keys are looked up, and until these rows can be seen, nobody changes members. */
static void
HoldMembers(const Fact *fact)
{
	ListCell   *lc;

	foreach(lc, RolesInOrder(fact))
		TransactionLockShare(LOCK_DIMENSION, ((FactRole *) lfirst(lc))->dimension->base);
}

void
FactStoreCheck(const Fact *fact)
{
	if (StarCanWatch(fact->source) && TargetLeadingColumn(fact->source, fact->grain) != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("keys of fact \"%s\" cannot be stored", fact->name),
			 errdetail("Stored rows are found by their grain, and \"%s\" is no table with a unique "
					   "index on exactly (%s).", RelationLabel(fact->source),
					   QuotedColumns(fact->grain, NULL)),
			 errhint("Add a primary key to the table, or create the fact without store_keys.")));
}

static void
AddKeys(const Fact *fact, const char *table)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "ALTER TABLE %s ADD PRIMARY KEY (%s)", table,
					 QuotedColumns(fact->grain, NULL));
	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;

		appendStringInfo(&sql, ", ALTER %s SET NOT NULL, ADD FOREIGN KEY (%s) REFERENCES %s (%s)",
						 quote_identifier(d->key), quote_identifier(d->key), d->table,
						 quote_identifier(d->stored_key));
		if (d->durable != NULL)
			appendStringInfo(&sql, ", ALTER %s SET NOT NULL", quote_identifier(d->durable));
	}
	(void) SqlExec(sql.data, fact->role);
}

/* Rows of a changed member are found by its key, and those of a version by their time as well. */
static void
AddIndexes(const Fact *fact, const char *table)
{
	ListCell   *lc;

	foreach(lc, fact->roles)
	{
		const Dimension *d = ((FactRole *) lfirst(lc))->dimension;
		const char *time = d->durable == NULL ? "" :
			psprintf(", %s", quote_identifier(fact->event_time));

		(void) SqlExec(psprintf("CREATE INDEX ON %s (%s%s)", table, quote_identifier(d->key), time),
					   fact->role);
	}
}

void
FactStoreCreate(const Fact *fact, const char *table)
{
	HoldMembers(fact);
	(void) SqlExec(psprintf("CREATE TABLE %s AS %s", table,
							FactSelect(fact, QuotedRelation(fact->source))), fact->role);
	AddKeys(fact, table);
	AddIndexes(fact, table);
	(void) SqlExec(psprintf("ANALYZE %s", table), fact->role);
}

static List *
StoredColumns(const Fact *fact)
{
	List	   *columns = list_concat_copy(fact->grain, fact->degenerate);
	ListCell   *lc;

	foreach(lc, fact->measures)
		columns = lappend(columns, ((FactMeasure *) lfirst(lc))->name);
	foreach(lc, fact->roles)
		columns = list_concat(columns, ((FactRole *) lfirst(lc))->columns);
	return columns;
}

void
FactCheckColumns(const Fact *fact)
{
	ListCell   *lc;

	if (get_rel_name(fact->source) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the source of fact \"%s.%s\" does not exist", fact->schema, fact->name),
				 errhint("Use elt.create_fact with replace to give it another one, or elt.drop_fact.")));
	foreach(lc, FactColumns(fact))
		if (get_attnum(fact->source, lfirst(lc)) <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist", (char *) lfirst(lc),
							RelationLabel(fact->source)),
					 errdetail("Fact \"%s.%s\" reads it.", fact->schema, fact->name),
					 errhint("Rename the column back, or use elt.create_fact with replace to define the "
							 "fact without it.")));
}

void
FactCheckSource(const Fact *fact)
{
	FactCheckColumns(fact);
	if (fact->table != NULL)
		StoredTypesCheck(fact->source, fact->table, StoredColumns(fact),
						 psprintf("Use SELECT elt.rebuild_star(%s); to store the rows with the new type.",
								  quote_literal_cstr(fact->view)));
}

void
FactRowsInsert(const Fact *fact, const char *rows)
{
	HoldMembers(fact);
	(void) SqlExec(psprintf("INSERT INTO %s %s", fact->table, FactSelect(fact, rows)), fact->role);
}

static char *
SameGrain(const Fact *fact)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, fact->grain)
		AppendItem(&sql, " AND ", "t.%s = o.%s", quote_identifier(lfirst(lc)),
				   quote_identifier(lfirst(lc)));
	return sql.data;
}

void
FactRowsDelete(const Fact *fact, const char *rows)
{
	(void) SqlExec(psprintf("DELETE FROM %s t USING %s o WHERE %s", fact->table, rows,
							SameGrain(fact)), fact->role);
}

void
FactRowsClear(const Fact *fact)
{
	(void) SqlExec(psprintf("DELETE FROM %s", fact->table), fact->role);
}
