/*
 * staging.c
 *	  Create, grant and check the staging table of a pipeline.
 *
 * It belongs to the extension's owner. The pipeline's owner can read and write its rows, but not
 * alter it.
 */
#include "base/compat.h"
#include "load/staging.h"

#include "access/relation.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/heap.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "source/row_type.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

Oid
StagingRelation(const Pipeline *p)
{
	return get_relname_relid(p->name, get_namespace_oid("elt_staging", false));
}

/*
 * A pipeline that is dropped gives its name away shortly before other sessions hear that its staging
 * table is gone; locks go after that.
 */
static void
AwaitDropped(const char *name)
{
	Oid			dropped = get_relname_relid(name, get_namespace_oid("elt_staging", false));

	if (!OidIsValid(dropped))
		return;
	LockRelationOid(dropped, AccessShareLock);
	UnlockRelationOid(dropped, AccessShareLock);
}

bool
StagingIsNumbered(const Pipeline *p)
{
	return PipelineHasFamily(p) || p->replayed != NULL;
}

/* Both stay locked, and so as they are, until the transaction ends. */
static char *
StagingDifference(const Pipeline *p)
{
	TupleDesc	row;
	Relation	staging;
	char	   *difference;

	PipelineCheckSource(p);
	row = RowTypeOf(p);
	staging = RelationOpen(StagingRelation(p), AccessShareLock);
	difference = StagingDiffers(staging, row, StagingIsNumbered(p));
	relation_close(staging, NoLock);
	return difference;
}

static bool
HasSchema(Oid role)
{
	return NamespaceAclCheck(get_namespace_oid("elt_staging", false), role,
							 ACL_USAGE) == ACLCHECK_OK;
}

/* Nobody else may change its shape, and the owner's statements must be able to use it. */
static bool
HasRights(const Pipeline *p, Oid staging)
{
	const AclMode rights = ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_DELETE;

	return RelationOwner(staging) == AsCatalog() &&
		pg_class_aclmask(staging, p->owner, rights, ACLMASK_ALL) == rights &&
		HasSchema(p->owner);
}

static bool
StagingIsCurrent(const Pipeline *p, Oid staging)
{
	return HasRights(p, staging) && StagingDifference(p) == NULL;
}

static void
AppendColumns(StringInfo sql, TupleDesc desc)
{
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
}

/* Two that grant at once would meet at the schema's row of the catalogue. */
static void
LockSchema(void)
{
	LockDatabaseObject(NamespaceRelationId, get_namespace_oid("elt_staging", false), 0,
					   ShareUpdateExclusiveLock);
}

static void
GrantSchema(Oid role)
{
	if (HasSchema(role))
		return;
	LockSchema();
	if (!HasSchema(role))
		SqlExec(psprintf("grant usage on schema elt_staging to %s",
						 quote_identifier(GetUserNameFromId(role, false))), AsCatalog());
}

static bool
HasPipelines(Oid role)
{
	Sql			q;

	SqlBegin(&q, "select from elt_catalog.pipeline where owner = $1 limit 1");
	SqlAddOid(&q, REGROLEOID, role);
	return SqlDo(&q, AsCatalog()) > 0;
}

void
StagingRelease(Oid role)
{
	char	   *name = GetUserNameFromId(role, true);

	if (name == NULL || role == AsCatalog() || HasPipelines(role))
		return;
	LockSchema();
	SqlExec(psprintf("revoke usage on schema elt_staging from %s", quote_identifier(name)),
			AsCatalog());
}

void
StagingGrant(const Pipeline *p, const char *table, const char *rights)
{
	if (p->owner == AsCatalog())
		return;
	GrantSchema(p->owner);
	SqlExec(psprintf("grant %s on %s to %s", rights, table,
					 quote_identifier(GetUserNameFromId(p->owner, false))), AsCatalog());
}

void
StagingGrantRows(const Pipeline *p)
{
	if (OidIsValid(StagingRelation(p)))
		StagingGrant(p, PipelineStaging(p), "select, insert, update, delete");
}

static void
CreateStaging(const Pipeline *p)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "create unlogged table %s (", PipelineStaging(p));
	AppendColumns(&sql, RowTypeOf(p));
	appendStringInfoString(&sql, STAGING_RUN_COLUMN " bigint not null, "
						   STAGING_TIME_COLUMN " timestamptz not null, "
						   STAGING_FAILED_COLUMN " bigint");
	if (StagingIsNumbered(p))
		appendStringInfoString(&sql, ", " STAGING_RECORD_COLUMN " bigint, "
							   STAGING_PARENT_COLUMN " bigint");
	appendStringInfoString(&sql, ") with (autovacuum_enabled = false)");
	SqlExec(sql.data, AsCatalog());
	StagingGrantRows(p);
}

void
StagingEnsure(const Pipeline *p)
{
	Oid			staging = StagingRelation(p);

	if (OidIsValid(staging) && StagingIsCurrent(p, staging))
		return;
	if (OidIsValid(staging))
		StagingDrop(p);
	CreateStaging(p);
}

static void
ReportDifference(const Pipeline *p, const char *difference, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("staging table \"elt_staging.%s\" does not match source \"%s\"", p->name,
					RelationLabel(p->source)),
			 errdetail_internal("%s", difference),
			 errhint("%s", hint)));
}

void
StagingCheckCurrent(const Pipeline *p)
{
	char	   *difference = StagingDifference(p);

	if (difference != NULL)
		ReportDifference(p, difference,
						 psprintf("Use CALL elt.pull(%s) to stage the batch again.",
								  quote_literal_cstr(p->name)));
}

void
StagingCheckSource(const Pipeline *p, TupleDesc read_as)
{
	char	   *difference = ColumnsDiffer(read_as, RowTypeOf(p));

	if (difference != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("columns of source \"%s\" have changed since the run began",
						RelationLabel(p->source)),
				 errdetail_internal("%s", difference),
				 errhint("The next run uses the current columns.")));
}

Relation
StagingOpen(const Pipeline *p, TupleDesc row)
{
	Relation	staging;
	char	   *difference;

	StagingCheckSource(p, row);
	staging = RelationOpen(StagingRelation(p), RowExclusiveLock);
	difference = StagingDiffers(staging, row, StagingIsNumbered(p));
	if (difference != NULL)
		ReportDifference(p, difference, "The next run creates the staging table again.");
	return staging;
}

StagedBatch *
StagingBatch(const Pipeline *p)
{
	StagedBatch *batch = StagedRead(p);

	if (batch == NULL || !OidIsValid(StagingRelation(p)))
		ereport(ERROR,
				(errcode(ERRCODE_ELT_NOTHING_STAGED),
				 errmsg("pipeline \"%s\" has no staged batch", p->name),
				 errdetail("A batch is staged by elt.pull and removed by elt.merge or by a server "
						   "crash."),
				 errhint("Use CALL elt.pull(%s) first.", quote_literal_cstr(p->name))));
	StagingCheckCurrent(p);
	return batch;
}

StagedBatch *
StagingBatchCounted(const Pipeline *p)
{
	StagedBatch *batch = StagingBatch(p);
	Sql			q;

	SqlBegin(&q, psprintf("select count(*) from %s", PipelineStaging(p)));
	batch->rows = SqlDoInt8(&q, AsCatalog());
	return batch;
}

void
StagingHold(const Pipeline *p)
{
	Oid			staging = StagingRelation(p);

	if (OidIsValid(staging))
		LockRelationOid(staging, ShareRowExclusiveLock);
}

void
StagingCheckRows(const Pipeline *p, const StagedBatch *batch, int64 found)
{
	if (found == batch->rows)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("staged rows of pipeline \"%s\" were changed since they were pulled",
					p->name),
			 errdetail(INT64_FORMAT " rows were staged, but " INT64_FORMAT " were found.",
					   batch->rows, found),
			 errhint("Run the pipeline again. To change staged rows, CALL elt.pull(%s), change "
					 "the rows, then finish with elt.merge(%s).", quote_literal_cstr(p->name),
					 quote_literal_cstr(p->name))));
}

void
StagingRename(const Pipeline *p, const char *new_name)
{
	AwaitDropped(new_name);
	SqlExec(psprintf("alter table if exists %s rename to %s", PipelineStaging(p),
					 quote_identifier(new_name)), AsCatalog());
}

void
StagingRevoke(const Pipeline *p)
{
	char	   *owner = GetUserNameFromId(p->owner, true);

	if (owner == NULL || p->owner == AsCatalog() || !OidIsValid(StagingRelation(p)))
		return;
	SqlExec(psprintf("revoke all on %s from %s", PipelineStaging(p), quote_identifier(owner)),
			AsCatalog());
}

char *
StagingColumns(const Pipeline *p)
{
	Relation	rel = RelationOpen(StagingRelation(p), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped)
			AppendItem(&columns, ", ", "%s %s", quote_identifier(NameStr(att->attname)),
					   ColumnType(att));
	}
	relation_close(rel, NoLock);
	return columns.data;
}

void
StagingTruncate(const Pipeline *p)
{
	SqlExec(psprintf("truncate %s", PipelineStaging(p)), AsCatalog());
}

void
StagingForget(const Pipeline *p, TimestampTz loaded_at, BlockNumber first_block)
{
	Sql			q;

	SqlBegin(&q, psprintf("delete from %s where ctid >= '(%u,0)' and " STAGING_TIME_COLUMN " = $1",
						  PipelineStaging(p), first_block));
	SqlAddTime(&q, loaded_at);
	SqlDo(&q, AsCatalog());
}

/*
 * Rows of a batch that was not completed are read by nobody. TRUNCATE would need new files before
 * it gives back the old ones, which a full disk has no room for.
 */
void
StagingGiveBack(const Pipeline *p)
{
	Oid			staging = StagingRelation(p);

	if (StagedRead(p) == NULL && OidIsValid(staging) &&
		get_rel_relkind(staging) == RELKIND_RELATION &&
		get_rel_persistence(staging) == RELPERSISTENCE_UNLOGGED)
		heap_truncate(list_make1_oid(staging));
}

void
StagingDrop(const Pipeline *p)
{
	SqlExec(psprintf("drop table if exists %s", PipelineStaging(p)), AsCatalog());
}
