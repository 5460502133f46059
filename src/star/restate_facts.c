/*
 * restate_facts.c
 *	  Update the stored keys of facts after the members of a dimension have changed.
 *
 * Cost follows what has changed: facts are found by the key that they have, and in a history by the
 * time of their event.
 */
#include "base/compat.h"
#include "star/restate_facts.h"

#include "base/sql.h"
#include "star/fact.h"
#include "star/fact_sql.h"
#include "star/member.h"
#include "utils/builtins.h"

/* A fact without a member has no version either. */
static void
FindDurable(const Fact *fact, const FactRole *role)
{
	const Dimension *d = role->dimension;
	const char *durable = quote_identifier(d->durable);

	(void) SqlExec(psprintf("UPDATE %s f SET %s = s._durable FROM elt_found s"
							" WHERE f.%s = %d AND f.%s = %d AND %s",
							fact->table, durable, quote_identifier(d->key), MEMBER_UNKNOWN, durable,
							MEMBER_UNKNOWN, MemberMatch(MemberKey(d), "s", "f", role->columns)),
				   fact->role);
}

static void
MoveKeys(const Fact *fact, const FactRole *role)
{
	const Dimension *d = role->dimension;
	const char *key = quote_identifier(d->key);
	const char *span = "";

	if (d->durable != NULL)
	{
		const char *event = FactEventAs(fact, MemberTimeType(d));

		span = psprintf(" AND %s >= s._from AND %s < s._to", event, event);
	}
	(void) SqlExec(psprintf("UPDATE %s f SET %s = s._new_key FROM elt_moved s"
							" WHERE f.%s = s._old_key AND %s%s", fact->table, key, key,
							MemberMatch(MemberKey(d), "s", "f", role->columns), span),
				   fact->role);
}

void
RestateFacts(const Dimension *d)
{
	ListCell   *lc;

	foreach(lc, FactsStoring(d->base))
	{
		const Fact *fact = lfirst(lc);
		ListCell   *rc;

		foreach(rc, fact->roles)
		{
			FactRole   *role = lfirst(rc);

			if (role->dimension->base != d->base)
				continue;
			if (role->dimension->durable != NULL)
				FindDurable(fact, role);
			MoveKeys(fact, role);
		}
	}
}

void
RestateFactsOfDays(Oid relation)
{
	ListCell   *lc;

	foreach(lc, FactsStoring(relation))
	{
		const Fact *fact = lfirst(lc);
		ListCell   *rc;

		foreach(rc, fact->roles)
		{
			FactRole   *role = lfirst(rc);
			const Dimension *d = role->dimension;

			if (d->base == relation)
				(void) SqlExec(psprintf("UPDATE %s f SET %s = d.%s FROM %s d"
										" WHERE f.%s = %d AND d.%s = %s", fact->table,
										quote_identifier(d->key), quote_identifier(d->stored_key),
										d->table, quote_identifier(d->key), MEMBER_UNKNOWN, d->kind,
										FactDay(fact, role)), fact->role);
		}
	}
}
