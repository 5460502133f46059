/*
 * file_digest.c
 *	  Read and write elt_catalog.file_digest.
 */
#include "base/compat.h"
#include "catalog/file_digest.h"

#include "base/sql.h"

int
FileDigestsRead(const Pipeline *p, uint64 *digests, bool *found)
{
	Sql			q;
	int			n;

	memset(found, 0, sizeof(bool) * FILE_BUCKETS);
	SqlBeginKept(&q, "select bucket, digest from elt_catalog.file_digest where pipeline_id = $1");
	SqlAddInt4(&q, p->id);
	n = SqlRun(&q, AsCatalog());
	for (int i = 0; i < n; i++)
	{
		int			bucket = SqlInt4(&q, i, 1, NULL);

		digests[bucket] = SqlInt8(&q, i, 2, NULL);
		found[bucket] = true;
	}
	SqlDone(&q);
	return n;
}

void
FileDigestsKeep(const Pipeline *p, const uint64 *digests, const bool *wanted)
{
	List	   *buckets = NIL;
	List	   *values = NIL;
	Sql			q;

	for (int i = 0; i < FILE_BUCKETS; i++)
	{
		if (!wanted[i])
			continue;
		buckets = lappend(buckets, psprintf("%d", i));
		values = lappend(values, psprintf(INT64_FORMAT, (int64) digests[i]));
	}
	if (buckets == NIL)
		return;
	SqlBegin(&q,
			 "insert into elt_catalog.file_digest (pipeline_id, bucket, digest)"
			 " select $1, b::int, d::bigint from unnest($2, $3) as n(b, d)"
			 " on conflict (pipeline_id, bucket) do update set digest = excluded.digest");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, buckets);
	SqlAddTextArray(&q, values);
	SqlDo(&q, AsCatalog());
}

void
FileDigestsForget(const Pipeline *p, List *names)
{
	Sql			q;

	if (names == NIL)
		return;
	SqlBegin(&q,
			 "delete from elt_catalog.file_digest where pipeline_id = $1"
			 " and bucket in (select hashtext(n collate \"C\") & 1023 from unnest($2) as n)");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, names);
	SqlDo(&q, AsCatalog());
}
