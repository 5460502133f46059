#include "base/compat.h"
#include "load/staging.h"

#include "access/relation.h"
#include "access/table.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/sql.h"
#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

Oid
StagingRelation(const Pipeline *p)
{
	return get_relname_relid(p->name, get_namespace_oid("elt_staging", false));
}

static bool
SameColumn(Form_pg_attribute a, Form_pg_attribute b)
{
	return namestrcmp(&a->attname, NameStr(b->attname)) == 0 &&
		a->atttypid == b->atttypid && a->atttypmod == b->atttypmod &&
		a->attcollation == b->attcollation;
}

/* Is the rest of the columns, from at, the system's? */
static bool
EndsInSystemColumns(TupleDesc staging, int at)
{
	return at + 3 == staging->natts &&
		namestrcmp(&TupleDescAttr(staging, at + 2)->attname, STAGING_FAILED_COLUMN) == 0;
}

/* Are the staging columns still the source's, in order, followed by the system's? */
static bool
MatchesSource(TupleDesc staging, TupleDesc source)
{
	int			at = 0;

	for (int i = 0; i < source->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(source, i);

		if (att->attisdropped)
			continue;
		if (at >= staging->natts || !SameColumn(TupleDescAttr(staging, at++), att))
			return false;
	}
	return EndsInSystemColumns(staging, at);
}

static bool
StagingIsCurrent(Oid staging, Oid source)
{
	Relation	staging_rel;
	Relation	source_rel;
	bool		same;

	CheckRelationExists(source);
	staging_rel = table_open(staging, AccessShareLock);
	source_rel = relation_open(source, AccessShareLock);
	same = MatchesSource(RelationGetDescr(staging_rel), RelationGetDescr(source_rel));
	relation_close(source_rel, AccessShareLock);
	table_close(staging_rel, AccessShareLock);
	return same;
}

static void
AppendColumns(StringInfo sql, Oid source)
{
	Relation	rel = relation_open(source, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		appendStringInfo(sql, "%s %s", quote_identifier(NameStr(att->attname)),
						 format_type_extended(att->atttypid, att->atttypmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN |
											  FORMAT_TYPE_FORCE_QUALIFY));
		if (OidIsValid(att->attcollation) &&
			att->attcollation != get_typcollation(att->atttypid))
			appendStringInfo(sql, " collate %s", QuotedCollation(att->attcollation));
		appendStringInfoString(sql, ", ");
	}
	relation_close(rel, AccessShareLock);
}

static void
CreateStaging(const Pipeline *p)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "create unlogged table %s (", PipelineStaging(p));
	AppendColumns(&sql, p->source);
	appendStringInfoString(&sql, STAGING_RUN_COLUMN " bigint not null, "
						   STAGING_TIME_COLUMN " timestamptz not null, "
						   STAGING_FAILED_COLUMN " bigint)"
						   " with (autovacuum_enabled = false)");
	SqlExec(sql.data, AsCatalog());

	if (p->owner == AsCatalog())
		return;
	SqlExec(psprintf("alter table %s owner to %s", PipelineStaging(p),
					 quote_identifier(GetUserNameFromId(p->owner, false))), AsCatalog());
	SqlExec(psprintf("grant usage on schema elt_staging to %s",
					 quote_identifier(GetUserNameFromId(p->owner, false))), AsCatalog());
}

void
StagingEnsure(const Pipeline *p)
{
	Oid			staging = StagingRelation(p);

	if (OidIsValid(staging) && StagingIsCurrent(staging, p->source))
		return;
	if (OidIsValid(staging))
		StagingDrop(p);
	CreateStaging(p);
}

void
StagingCheckCurrent(const Pipeline *p)
{
	if (StagingIsCurrent(StagingRelation(p), p->source))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the columns of %s have changed since the batch of pipeline \"%s\" was staged",
					QuotedRelation(p->source), p->name),
			 errhint("CALL elt.pull(%s) stages it anew.", quote_literal_cstr(p->name))));
}

StagedBatch *
StagingBatch(const Pipeline *p)
{
	StagedBatch *batch = StagedRead(p);

	if (batch == NULL || !OidIsValid(StagingRelation(p)))
		ereport(ERROR,
				(errcode(ERRCODE_ELT_NOTHING_STAGED),
				 errmsg("nothing is staged for pipeline \"%s\"", p->name),
				 errdetail("A batch waits from elt.pull to elt.merge; a crash of the server "
						   "empties it."),
				 errhint("CALL elt.pull(%s) first.", quote_literal_cstr(p->name))));
	StagingCheckCurrent(p);
	return batch;
}

void
StagingTruncate(const Pipeline *p)
{
	SqlExec(psprintf("truncate %s", PipelineStaging(p)), p->owner);
}

void
StagingDrop(const Pipeline *p)
{
	SqlExec(psprintf("drop table if exists %s", PipelineStaging(p)), AsCatalog());
}
