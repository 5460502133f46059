/*
 * archive_proof.c
 *	  What the rows of an archive are known by when its file is read again.
 *
 * The hash is that of the columns and types that were archived, whatever has become of those of the
 * table. It counts only in the database in which it was computed: elsewhere types have other numbers,
 * and another major version may have other hash functions.
 */
#include "base/compat.h"
#include "partition/archive_proof.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "partition/archive_files.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/*
 * Do its values read the same as long as the type exists? Attributes can be added to rows, constraints
 * to domains, and names of objects can be given to others.
 */
static bool
IsLasting(Oid type)
{
	if (OidIsValid(get_element_type(type)))
		return IsLasting(get_element_type(type));
	switch (get_typtype(type))
	{
		case TYPTYPE_RANGE:
			return IsLasting(get_range_subtype(type));
		case TYPTYPE_MULTIRANGE:
			return IsLasting(get_multirange_range(type));
		case TYPTYPE_BASE:
			return strncmp(format_type_be(type), "reg", 3) != 0;
		default:
			return get_typtype(type) == TYPTYPE_ENUM;
	}
}

char *
ArchiveProofOf(Oid relation, const ArchivedRows *rows)
{
	StringInfoData proof;

	initStringInfo(&proof);
	appendStringInfo(&proof, "{\"of\": \"%s\", \"hash\": \"" UINT64_FORMAT "\", \"columns\": [",
					 ArchiveMarkOf(relation), rows->sum.hash);
	for (int i = 0; i < rows->desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(rows->desc, i);
		int32		typmod = att->atttypmod;
		Oid			type = getBaseTypeAndTypmod(att->atttypid, &typmod);

		if (!IsLasting(type))
			return NULL;
		appendStringInfoString(&proof, i == 0 ? "[" : ", [");
		escape_json(&proof, NameStr(att->attname));
		appendStringInfo(&proof, ", %u, %d]", type, typmod);
	}
	appendStringInfoString(&proof, "]}");
	return proof.data;
}

/* NULL when the proof is none here, or a type has been dropped. */
static TupleDesc
ProvenColumns(Oid relation, const char *proof, char **hash)
{
	TupleDesc	desc;
	Sql			q;
	bool		counts;

	SqlBegin(&q, "select $1->>'hash', c->>0, (c->>1)::oid, (c->>2)::int4, t.oid is not null "
			 "from jsonb_array_elements($1->'columns') with ordinality a (c, n) "
			 "left join pg_type t on t.oid = (c->>1)::oid where $1->>'of' = $2 order by n");
	SqlAddJsonb(&q, proof);
	SqlAddText(&q, ArchiveMarkOf(relation));
	counts = SqlRun(&q, AsCatalog()) > 0;
	desc = CreateTemplateTupleDesc((int) q.processed);
	for (uint64 i = 0; counts && i < q.processed; i++)
	{
		*hash = SqlText(&q, i, 1);
		counts = SqlBool(&q, i, 5);
		if (counts)
			TupleDescInitEntry(desc, (AttrNumber) (i + 1), SqlText(&q, i, 2),
							   DatumGetObjectId(SqlDatum(&q, i, 3, NULL)),
							   DatumGetInt32(SqlDatum(&q, i, 4, NULL)), 0);
	}
	SqlDone(&q);
	return counts ? desc : NULL;
}

bool
ArchiveProofHolds(Oid relation, const LedgerRow *row)
{
	char	   *hash = NULL;
	TupleDesc	desc;
	RowSum		sum;

	if (row->archive_proof == NULL)
		return true;
	desc = ProvenColumns(relation, row->archive_proof, &hash);
	if (desc == NULL || !ArchiveRead(row->archive_server, row->archive_path, desc, &sum))
		return true;
	return sum.rows == row->archived_rows && strcmp(psprintf(UINT64_FORMAT, sum.hash), hash) == 0;
}
