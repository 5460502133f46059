/*
 * maintain.c
 *	  Maintain the partitions of the caller's tables, a limited number in one transaction.
 *
 * Every partition that is created or removed is locked until the transaction ends, with its
 * indexes, and the server has room for a limited number of locks.
 */
#include "base/compat.h"
#include "partition/maintain.h"

#include "base/attempt.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/maintenance_error.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "partition/busy.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Partitions that one call makes or removes. */
#define AT_MOST_BY_HAND 100

void
CheckMayMaintain(Oid relation)
{
	if (!has_privs_of_role(GetUserId(), RelationOwner(relation)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", RelationLabel(relation)),
				 errdetail("Its partitions are created and removed with the privileges of its "
						   "owner.")));
}

static void
CheckHasPolicy(Oid relation)
{
	if (PolicyOf(relation) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table \"%s\" has no partition policy", RelationLabel(relation)),
				 errhint("Set one with elt.set_policy, or with partition_interval in "
						 "elt.create_pipeline.")));
}

/* Policy and ledger of a table that was dropped: its OID may come back for another one. */
static void
ForgetDropped(void)
{
	SqlExec("delete from elt_catalog.policy "
			"where not exists (select from pg_class c where c.oid = relation)", AsCatalog());
	SqlExec("delete from elt_catalog.partition l "
			"where not exists (select from pg_class c where c.oid = l.relation)", AsCatalog());
	SqlExec("update elt_catalog.hold h set released_at = now(), released_by = 'DROP TABLE' "
			"where released_at is null "
			"and not exists (select from pg_class c where c.oid = h.relation)", AsCatalog());
	MaintenanceErrorsForget();
}

/* Always by OID, so that two callers lock tables in the same order. */
List *
RelationsWithPolicy(void)
{
	Sql			q;

	ForgetDropped();
	SqlBegin(&q, "select c.oid from elt_catalog.policy p join pg_class c on c.oid = p.relation "
			 "order by 1");
	return SqlDoOids(&q, AsCatalog());
}

List *
RelationsOfCaller(Oid only)
{
	List	   *relations = NIL;
	ListCell   *lc;

	if (OidIsValid(only))
	{
		CheckMayMaintain(only);
		CheckHasPolicy(only);
		return list_make1_oid(only);
	}
	foreach(lc, RelationsWithPolicy())
		if (has_privs_of_role(GetUserId(), RelationOwner(lfirst_oid(lc))))
			relations = lappend_oid(relations, lfirst_oid(lc));
	return relations;
}

Datum
TextOrNull(const char *text)
{
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

static void
ReturnOutcomes(FunctionCallInfo fcinfo, const Maintenance *m)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	foreach(lc, m->outcomes)
	{
		const PartOutcome *o = lfirst(lc);
		bool		is_rows = o->name == NULL;
		bool		no_bounds = is_rows || o->part.is_number;
		Datum		values[7] = {
			ObjectIdGetDatum(m->relation),
			TextOrNull(o->name),
			TimestampTzGetDatum(o->part.lower),
			TimestampTzGetDatum(o->part.upper),
			TextOrNull(o->action),
			Int64GetDatum(o->rows),
			TextOrNull(o->reason)
		};
		bool		nulls[7] = {
			false, is_rows, no_bounds, no_bounds, o->action == NULL, !is_rows, o->reason == NULL
		};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* One table, and what is done with it. */
typedef struct Turn
{
	Maintenance *m;
	void		(*maintain) (Maintenance *m);
} Turn;

static void
Maintain(void *arg)
{
	Turn	   *turn = arg;

	turn->maintain(turn->m);
}

/* Even to look at a table may mean to wait for it. */
static void
MaintainInTime(void *arg)
{
	Turn	   *turn = arg;
	Policy	   *policy = PolicyOf(turn->m->relation);

	if (policy != NULL)
		UnderLockTimeout(policy->lock_timeout_ms, Maintain, turn);
}

static void
WarnOfFailure(ErrorData *error, const Maintenance *m)
{
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("skipped table \"%s\": %s", RelationLabel(m->relation), error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
}

static void
TellWhatIsLeft(const Maintenance *m)
{
	if (m->left == 0)
		return;
	ereport(NOTICE,
			(errmsg_plural("%d partition of table \"%s\" is left for another call",
						   "%d partitions of table \"%s\" are left for another call", m->left,
						   m->left, RelationLabel(m->relation)),
			 errdetail("One call creates or removes at most %d partitions because all of them "
					   "stay locked until its transaction ends.", AT_MOST_BY_HAND)));
}

/* How many partitions have been touched; what is held is left alone. */
static int
CountDone(const Maintenance *m)
{
	int			done = 0;
	ListCell   *lc;

	foreach(lc, m->outcomes)
		if (((PartOutcome *) lfirst(lc))->reason == NULL)
			done++;
	return done;
}

void
MaintainByHand(FunctionCallInfo fcinfo, Oid only, bool dry_run,
			   void (*maintain) (Maintenance *m))
{
	int			room = AT_MOST_BY_HAND;
	ListCell   *lc;

	foreach(lc, RelationsOfCaller(only))
	{
		Maintenance m = {lfirst_oid(lc), dry_run, dry_run ? INT_MAX : room};
		Turn		turn = {&m, maintain};
		ErrorData  *error = NULL;

		if (OidIsValid(only))
			MaintainInTime(&turn);
		else
			error = Attempt(MaintainInTime, &turn);
		if (error != NULL)
		{
			WarnOfFailure(error, &m);
			continue;
		}
		ReturnOutcomes(fcinfo, &m);
		TellWhatIsLeft(&m);
		room -= dry_run ? 0 : CountDone(&m);
	}
}

void
PolicyCheckSetter(const Policy *policy)
{
	Oid			owner = RelationOwner(policy->relation);

	if (has_privs_of_role(policy->set_by, owner))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("policy of table \"%s\" was not set by its owner",
					RelationLabel(policy->relation)),
			 errdetail("The current owner \"%s\" has not approved creating and removing its "
					   "partitions.",
					   GetUserNameFromId(owner, true)),
			 errhint("Call elt.set_policy(%s) as that role.",
					 quote_literal_cstr(QuotedRelation(policy->relation)))));
}

int
MaintainSome(Oid relation, int at_most, void (*maintain) (Maintenance *m))
{
	Maintenance m = {relation, false, at_most};
	Turn		turn = {&m, maintain};
	Policy	   *policy = PolicyOf(relation);

	if (policy == NULL)
		return 0;
	PolicyCheckSetter(policy);
	MaintainInTime(&turn);
	return CountDone(&m);
}
