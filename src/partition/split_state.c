/*
 * split_state.c
 *	  Read and write elt_catalog.split.
 */
#include "base/compat.h"
#include "partition/split_state.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

/* A table that is gone has no OID. */
#define OID_OF(column) "coalesce((select c.oid from pg_class c where c.oid = s." column "), 0)"
#define SELECT_ROWS \
	"select s.id, s.relation::oid, " OID_OF("source") ", s.source_name, " OID_OF("root") ", " \
	OID_OF("log") ", s.phase, s.definition, s.next_block, s.blocks, s.rows, s.partitions, " \
	"s.partition_interval, coalesce(s.partition_step, 0), s.source_created_at, " \
	"array(select c.oid::int8::text from unnest(s.groups) with ordinality g(o, n) " \
	"join pg_class c on c.oid = g.o order by n) " \
	"from elt_catalog.split s join pg_class r on r.oid = s.relation "

static List *
ReadOids(List *texts)
{
	List	   *oids = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		oids = lappend_oid(oids, (Oid) strtoul(lfirst(lc), NULL, 10));
	return oids;
}

static void
ReadPolicy(Split *split, Sql *q, uint64 i)
{
	Interval   *interval = SqlInterval(q, i, 13);
	int64		step = SqlInt8(q, i, 14, NULL);

	split->policy = PolicyOf(split->relation);
	if (split->policy == NULL)
		return;
	if (interval != NULL)
		split->policy->interval = interval;
	if (step > 0)
		split->policy->step = step;
}

static Split *
ReadRow(Sql *q, uint64 i)
{
	Split	   *split = palloc0(sizeof(Split));
	bool		isnull;

	split->id = SqlInt8(q, i, 1, NULL);
	split->relation = DatumGetObjectId(SqlDatum(q, i, 2, NULL));
	split->source = DatumGetObjectId(SqlDatum(q, i, 3, NULL));
	split->name = SqlText(q, i, 4);
	split->root = DatumGetObjectId(SqlDatum(q, i, 5, NULL));
	split->log = DatumGetObjectId(SqlDatum(q, i, 6, NULL));
	split->phase = SqlText(q, i, 7);
	split->definition = SqlText(q, i, 8);
	split->next_block = SqlInt8(q, i, 9, NULL);
	split->blocks = SqlInt8(q, i, 10, NULL);
	split->rows = SqlInt8(q, i, 11, NULL);
	split->partitions = SqlInt4(q, i, 12, NULL);
	split->source_created_at = SqlTime(q, i, 15, &isnull);
	if (isnull)
		split->source_created_at = DT_NOBEGIN;
	split->groups = ReadOids(SqlTextArray(q, i, 16));
	split->owner = RelationOwner(split->relation);
	split->schema = get_rel_namespace(split->relation);
	ReadPolicy(split, q, i);
	return split;
}

static List *
ReadRows(Sql *q)
{
	List	   *rows = NIL;

	SqlRun(q, AsCatalog());
	for (uint64 i = 0; i < q->processed; i++)
		rows = lappend(rows, ReadRow(q, i));
	SqlDone(q);
	return rows;
}

List *
SplitsOf(Oid relation)
{
	Sql			q;

	SqlBegin(&q, SELECT_ROWS "where s.relation = $1 order by s.id");
	SqlAddOid(&q, REGCLASSOID, relation);
	return ReadRows(&q);
}

static Split *
OnlyRow(Sql *q)
{
	List	   *rows = ReadRows(q);

	return rows == NIL ? NULL : linitial(rows);
}

Split *
SplitOf(Oid source)
{
	Sql			q;

	SqlBegin(&q, SELECT_ROWS "where s.source = $1");
	SqlAddOid(&q, REGCLASSOID, source);
	return OnlyRow(&q);
}

Split *
SplitAgain(int64 id)
{
	Sql			q;

	SqlBegin(&q, SELECT_ROWS "where s.id = $1");
	SqlAddInt8(&q, id);
	return OnlyRow(&q);
}

bool
SplitIs(const Split *split, const char *phase)
{
	return strcmp(split->phase, phase) == 0;
}

void
SplitBegin(Split *split)
{
	Sql			q;

	SqlBegin(&q, "insert into elt_catalog.split (relation, source, source_name, phase, definition, "
			 "partition_interval, partition_step, partitions, source_created_at) "
			 "values ($1, $2, $3, 'make', $4, $5, nullif($6, 0), $7, (select created_at "
			 "from elt_catalog.partition where relation = $1 and part = $2)) returning id");
	SqlAddOid(&q, REGCLASSOID, split->relation);
	SqlAddOid(&q, REGCLASSOID, split->source);
	SqlAddText(&q, split->name);
	SqlAddText(&q, split->definition);
	SqlAddInterval(&q, split->policy->interval);
	SqlAddInt8(&q, split->policy->step);
	SqlAddInt4(&q, split->partitions);
	split->id = SqlDoInt8(&q, AsCatalog());
}

static void
AddOidOrNull(Sql *q, Oid oid)
{
	SqlAdd(q, REGCLASSOID, ObjectIdGetDatum(oid), !OidIsValid(oid));
}

static List *
OidTexts(List *oids)
{
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, oids)
		texts = lappend(texts, psprintf("%u", lfirst_oid(lc)));
	return texts;
}

void
SplitSave(const Split *split)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.split set source = $2, root = $3, log = $4, phase = $5, "
			 "next_block = $6, blocks = $7, rows = $8, "
			 "groups = array(select g::oid::regclass from unnest($9) g), changed_at = now() "
			 "where id = $1");
	SqlAddInt8(&q, split->id);
	AddOidOrNull(&q, split->source);
	AddOidOrNull(&q, split->root);
	AddOidOrNull(&q, split->log);
	SqlAddText(&q, split->phase);
	SqlAddInt8(&q, split->next_block);
	SqlAddInt8(&q, split->blocks);
	SqlAddInt8(&q, split->rows);
	SqlAddTextArray(&q, OidTexts(split->groups));
	SqlDo(&q, AsCatalog());
}

void
SplitForget(const Split *split)
{
	Sql			q;

	SqlBegin(&q, "delete from elt_catalog.split where id = $1");
	SqlAddInt8(&q, split->id);
	SqlDo(&q, AsCatalog());
}

bool
SplitConcerns(Oid relation, Oid part)
{
	Sql			q;

	SqlBeginKept(&q, "select from elt_catalog.split "
				 "where relation = $1 and (source = $2 or $2 = any (groups))");
	SqlAddOid(&q, REGCLASSOID, relation);
	SqlAddOid(&q, REGCLASSOID, part);
	return SqlDo(&q, AsCatalog()) > 0;
}

List *
RelationsSplitting(void)
{
	Sql			q;

	SqlExec("delete from elt_catalog.split "
			"where not exists (select from pg_class c where c.oid = relation)", AsCatalog());
	SqlBegin(&q, "select relation::oid from elt_catalog.split union "
			 "select relation::oid from elt_catalog.maintenance_error where step = 'splits' order by 1");
	return SqlDoOids(&q, AsCatalog());
}
