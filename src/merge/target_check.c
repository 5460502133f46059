/*
 * target_check.c
 *	  Compare a target with what its source and key require.
 *
 * All differences are reported at once, and the hint holds the statements that remove them.
 */
#include "base/compat.h"
#include "merge/target.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "base/sql_name.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "partition/parts.h"
#include "rewrite/prs2lock.h"
#include "source/row_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

typedef struct Differences
{
	const char *target;			/* quoted, for the statements */
	const char *label;			/* for messages */
	StringInfoData detail;
	StringInfoData remedy;
} Differences;

static void
AppendLine(StringInfo text, const char *line)
{
	appendStringInfo(text, "%s%s", text->len > 0 ? "\n" : "", line);
}

static char *
TypeText(Form_pg_attribute att)
{
	return format_type_with_typemod(att->atttypid, att->atttypmod);
}

static Form_pg_attribute
FindColumn(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
	}
	return NULL;
}

static void
MissingColumn(Differences *d, const char *name, const char *type, const char *rest)
{
	AppendLine(&d->detail, psprintf("Column \"%s\" of type %s is missing.", name, type));
	AppendLine(&d->remedy, psprintf("ALTER TABLE %s ADD COLUMN %s %s%s;", d->target,
									quote_identifier(name), type, rest));
}

static bool
MayBeRenamed(Form_pg_attribute att, TupleDesc source, Form_pg_attribute wanted)
{
	return !att->attisdropped && NameStr(att->attname)[0] != '_' &&
		att->atttypid == wanted->atttypid && att->atttypmod == wanted->atttypmod &&
		FindColumn(source, NameStr(att->attname)) == NULL;
}

/*
 * Adding a column in place of one that has another name would leave its values behind. Of several that it may
 * be none is named.
 */
static void
TellOfOtherName(Differences *d, TupleDesc target, TupleDesc source, Form_pg_attribute wanted)
{
	const char *other = NULL;

	for (int i = 0; i < target->natts; i++)
	{
		if (!MayBeRenamed(TupleDescAttr(target, i), source, wanted))
			continue;
		if (other != NULL)
			return;
		other = NameStr(TupleDescAttr(target, i)->attname);
	}
	if (other != NULL)
		AppendLine(&d->detail, psprintf("Column \"%s\" of the same type is not in the source: if it is the "
										"same column, rename it.", other));
}

static void
CompareColumn(Differences *d, TupleDesc target, TupleDesc source, Form_pg_attribute wanted)
{
	Form_pg_attribute found = FindColumn(target, NameStr(wanted->attname));

	if (found == NULL)
	{
		MissingColumn(d, NameStr(wanted->attname), TypeText(wanted), "");
		TellOfOtherName(d, target, source, wanted);
	}
	else if (found->atttypid != wanted->atttypid ||
			 (found->atttypmod != -1 && found->atttypmod != wanted->atttypmod))
	{
		AppendLine(&d->detail, psprintf("Column \"%s\" has type %s, not %s.", NameStr(found->attname),
										TypeText(found), TypeText(wanted)));
		AppendLine(&d->remedy, psprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s;", d->target,
										quote_identifier(NameStr(found->attname)),
										TypeText(wanted)));
	}
	else if (found->attgenerated != '\0' || found->attidentity == ATTRIBUTE_IDENTITY_ALWAYS)
		AppendLine(&d->detail, psprintf("Column \"%s\" is a generated column.",
										NameStr(found->attname)));
}

static void
CompareSystemColumn(Differences *d, TupleDesc target, const char *name, Oid type)
{
	Form_pg_attribute found = FindColumn(target, name);

	if (found == NULL)
		MissingColumn(d, name, format_type_be(type),
					  type == BOOLOID ? " NOT NULL DEFAULT false" : "");
	else if (found->atttypid != type)
		AppendLine(&d->detail, psprintf("Column \"%s\" has type %s, not %s.", name, TypeText(found),
										format_type_be(type)));
}

/* A column that the source lacks must be able to stay out of an INSERT. */
static void
CompareExtraColumn(Differences *d, TupleDesc source, Form_pg_attribute found)
{
	if (!found->attnotnull || found->atthasdef || found->attidentity != '\0')
		return;
	if (found->attisdropped || strncmp(NameStr(found->attname), "_run_id", NAMEDATALEN) == 0 ||
		strncmp(NameStr(found->attname), "_loaded_at", NAMEDATALEN) == 0 ||
		FindColumn(source, NameStr(found->attname)) != NULL)
		return;
	AppendLine(&d->detail, psprintf("Column \"%s\" is NOT NULL without a default, but missing "
									"from the source.", NameStr(found->attname)));
}

static void
CompareColumns(Differences *d, TupleDesc target, TupleDesc source, bool tombstones)
{
	for (int i = 0; i < source->natts; i++)
		if (!TupleDescAttr(source, i)->attisdropped)
			CompareColumn(d, target, source, TupleDescAttr(source, i));
	CompareSystemColumn(d, target, "_run_id", INT8OID);
	CompareSystemColumn(d, target, "_loaded_at", TIMESTAMPTZOID);
	if (tombstones)
		CompareSystemColumn(d, target, "_deleted", BOOLOID);
	for (int i = 0; i < target->natts; i++)
		CompareExtraColumn(d, source, TupleDescAttr(target, i));
}

/* Unique on exactly these columns, for all rows, checked at once. */
static bool
IndexIsOnKey(Form_pg_index index, Oid target, List *key)
{
	ListCell   *lc;

	if (!index->indisunique || !index->indisvalid || !index->indimmediate ||
		index->indnkeyatts != list_length(key))
		return false;
	foreach(lc, key)
	{
		AttrNumber	attnum = get_attnum(target, lfirst(lc));
		bool		found = false;

		for (int i = 0; i < index->indnkeyatts; i++)
			found |= index->indkey.values[i] == attnum;
		if (!found || attnum == InvalidAttrNumber)
			return false;
	}
	return true;
}

/* Does it begin with these columns, as far as it goes, and hold all rows? */
static bool
IndexBeginsWith(Oid index, Oid target, List *columns)
{
	Relation	rel = index_open(index, AccessShareLock);
	Form_pg_index form = rel->rd_index;
	bool		begins = form->indisvalid && rel->rd_rel->relam == BTREE_AM_OID &&
		heap_attisnull(rel->rd_indextuple, Anum_pg_index_indpred, NULL);

	for (int i = 0; begins && i < Min(form->indnkeyatts, list_length(columns)); i++)
		begins = form->indkey.values[i] > 0 &&
			NamesContain(columns, get_attname(target, form->indkey.values[i], false));
	index_close(rel, NoLock);
	return begins;
}

bool
TargetHasIndexOn(Oid target, List *columns)
{
	Relation	rel = RelationOpen(target, AccessShareLock);
	List	   *indexes = RelationGetIndexList(rel);
	bool		has = false;
	ListCell   *lc;

	foreach(lc, indexes)
		has |= IndexBeginsWith(lfirst_oid(lc), target, columns);
	relation_close(rel, AccessShareLock);
	return has;
}

char *
TargetLeadingColumn(Oid target, List *key)
{
	Relation	rel = RelationOpen(target, AccessShareLock);
	List	   *indexes = RelationGetIndexList(rel);
	char	   *column = NULL;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(lc)));
		Form_pg_index index = (Form_pg_index) GETSTRUCT(tuple);

		if (column == NULL && heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
			IndexIsOnKey(index, target, key))
			column = get_attname(target, index->indkey.values[0], false);
		ReleaseSysCache(tuple);
	}
	relation_close(rel, AccessShareLock);
	return column;
}

static void
CompareKey(Differences *d, Oid target, List *key)
{
	ListCell   *lc;

	if (key == NIL || TargetLeadingColumn(target, key) != NULL)
		return;
	AppendLine(&d->detail, psprintf("There is no unique index on exactly (%s).", QuotedColumns(key, NULL)));
	foreach(lc, key)
		if (get_attnum(target, lfirst(lc)) == InvalidAttrNumber)
			return;
	AppendLine(&d->remedy, psprintf("ALTER TABLE %s ADD UNIQUE (%s);", d->target,
									QuotedColumns(key, NULL)));
}

static void
ComparePartitioning(Differences *d, Oid target, const char *partition_by)
{
	char	   *actual;

	if (partition_by == NULL)
		return;
	actual = PartitionColumn(target);
	if (actual == NULL || strcmp(actual, partition_by) != 0)
		AppendLine(&d->detail, psprintf("It is not partitioned by range of \"%s\".", partition_by));
}

/* The server has no RETURNING and no MERGE for them, by which rows are counted. */
static void
CheckRules(Oid target)
{
	Relation	rel = RelationOpen(target, AccessShareLock);

	for (int i = 0; rel->rd_rules != NULL && i < rel->rd_rules->numLocks; i++)
		if (rel->rd_rules->rules[i]->event == CMD_INSERT ||
			rel->rd_rules->rules[i]->event == CMD_UPDATE)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("target \"%s\" has a rule for INSERT or UPDATE", RelationLabel(target)),
					 errdetail("Rows that are redirected by a rule cannot be counted."),
					 errhint("Replace the rule by a trigger.")));
	relation_close(rel, AccessShareLock);
}

void
TargetCheckKind(Oid target)
{
	char		kind = get_rel_relkind(target);

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("target \"%s\" is not a table", RelationLabel(target)),
				 errhint("Specify a table, or a name that does not exist to have the table "
						 "created.")));
	CheckRules(target);
}

static void
CheckIsNotSource(Oid target, Oid source)
{
	if (target == source)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("table \"%s\" cannot be both source and target", RelationLabel(target)),
				 errhint("Specify another target, or a name that does not exist to have the table "
						 "created.")));
}

static void
ReportDifferences(const Differences *d)
{
	if (d->detail.len == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("table \"%s\" does not match its source", d->label),
			 errdetail("%s", d->detail.data),
			 d->remedy.len > 0 ? errhint("%s", d->remedy.data)
			 : errhint("Choose another target, or let elt.create_pipeline create it.")));
}

void
TargetCheck(Oid target, const Pipeline *p)
{
	TupleDesc	row;
	Relation	target_rel;
	Differences d;

	d.target = QuotedRelation(target);
	d.label = RelationLabel(target);
	initStringInfo(&d.detail);
	initStringInfo(&d.remedy);
	TargetCheckKind(target);
	CheckIsNotSource(target, p->source);

	row = RowTypeFor(p, target);
	target_rel = RelationOpen(target, AccessShareLock);
	CompareColumns(&d, RelationGetDescr(target_rel), row, p->delete_when != NULL);
	relation_close(target_rel, AccessShareLock);

	CompareKey(&d, target, p->key);
	ComparePartitioning(&d, target, p->partition_by);
	ReportDifferences(&d);
}
