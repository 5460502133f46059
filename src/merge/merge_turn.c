/*
 * merge_turn.c
 *	  Serialize other writers to a target with the merges into it.
 */
#include "base/compat.h"
#include "merge/merge_turn.h"

#include "base/lock.h"
#include "commands/trigger.h"
#include "nodes/makefuncs.h"

/*
 * A trigger that waits for the end of the transaction would fire outside of the restricted
 * operation that its event belongs to, which the server refuses.
 */
static void
FireTriggersAtOnce(void)
{
	ConstraintsSetStmt *all_immediate = makeNode(ConstraintsSetStmt);

	AfterTriggerSetState(all_immediate);
}

void
MergeBegin(const Pipeline *p)
{
	TransactionLockTake(LOCK_TARGET, p->target);
	FireTriggersAtOnce();
}
