/*
 * member_infer.c
 *	  Members that facts name and their dimension does not have yet.
 */
#include "base/compat.h"
#include "star/member_infer.h"

#include "base/item_list.h"
#include "base/lock.h"
#include "base/setting.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "star/group_members.h"
#include "star/kept_rows.h"
#include "star/member.h"
#include "star/restate_facts.h"
#include "star/star_turn.h"
#include "utils/builtins.h"
#include "utils/guc.h"

static char *
Unknown(const Dimension *d, const char *rows, List *names)
{
	const char *is_valid = MemberIsValid(d, "f", names);
	StringInfoData columns;
	ListCell   *key;
	ListCell   *name;

	initStringInfo(&columns);
	forboth(key, d->natural_key, name, names)
		AppendItem(&columns, ", ", "f.%s AS %s", quote_identifier(lfirst(name)),
				   quote_identifier(lfirst(key)));
	return psprintf("SELECT DISTINCT %s FROM %s f LEFT JOIN %s m ON %s%s WHERE m.%s IS NULL AND NOT (%s)%s%s",
					columns.data, rows, d->table, MemberMatch(MemberKey(d), "m", "f", names),
					MembersKeepHistory(d) ? " AND m._newest = 0" : "", quote_identifier(d->stored_key),
					AnyIsNull(names, "f"), is_valid != NULL ? " AND " : "",
					is_valid != NULL ? is_valid : "");
}

static bool
AnyIsUnknown(const Dimension *d, const char *unknown)
{
	int			guc_level = SettingsLookUp();
	uint64		n = SqlExec(psprintf("%s LIMIT 1", unknown), d->role);

	AtEOXact_GUC(false, guc_level);
	return n > 0;
}

static char *
InferStatement(const Dimension *d, const char *unknown)
{
	bool		history = MembersKeepHistory(d);
	const char *key = quote_identifier(d->stored_key);

	return psprintf("INSERT INTO %s AS m (%s%s%s, %s, is_inferred)\n"
					"SELECT u._key%s, %s, %s FROM (SELECT %s AS _key, u.* FROM (%s) u) u\n"
					"RETURNING %s, -1::bigint AS _old_key, m.%s AS _new_key%s",
					d->table, key, history ? ", " : "",
					history ? quote_identifier(d->stored_durable) : "",
					QuotedColumns(d->natural_key, NULL), history ? ", u._key" : "",
					QuotedColumns(d->natural_key, "u"), OidIsValid(d->source) ? "true" : "false",
					MemberNextKey(d), unknown, QuotedColumns(d->natural_key, "m"), key,
					history ? ", m.valid_from AS _from, m.valid_to AS _to" : "");
}

static void
RestateFound(const Dimension *d)
{
	KeptRows   *found = KeptRowsOf("elt_found", psprintf("SELECT %s, _new_key AS _durable FROM elt_moved",
														 QuotedColumns(d->natural_key, NULL)), d->role);

	RestateFacts(d);
	KeptRowsEnd(found);
}

/*
 * Another one that infers members of the dimension is waited for; one that takes over its source is
 * kept waiting by whoever looks keys up.
 */
int64
MembersInfer(const Dimension *d, const char *rows, Oid source, List *names)
{
	const char *unknown = Unknown(d, rows, names);
	KeptRows   *moved;
	int64		added;

	TransactionLockShare(LOCK_DIMENSION, d->base);
	if (!AnyIsUnknown(d, unknown))
		return 0;
	StarTurnToInfer(source);
	TransactionLockTake(LOCK_INFERENCE, d->base);
	moved = KeptRowsOf("elt_moved", InferStatement(d, unknown), d->role);
	added = KeptRowsCount(moved);
	if (added > 0)
	{
		RestateFound(d);
		MembersRegroupAdded(d, "elt_moved", rows, source, names);
	}
	KeptRowsEnd(moved);
	return added;
}
