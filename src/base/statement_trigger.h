/*
 * statement_trigger.h
 *	  Triggers that are called once for a statement, and the rows that it has changed.
 */
#ifndef ELT_BASE_STATEMENT_TRIGGER_H
#define ELT_BASE_STATEMENT_TRIGGER_H

#include "postgres.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/tuplestore.h"

/* The data of the trigger; an error if the function, which is named for it, was called in another way. */
extern const TriggerData *StatementTriggerOf(FunctionCallInfo fcinfo, const char *function);
/* Does a transition table, which may be NULL, have rows? */
extern bool TransitionHasRows(Tuplestorestate *rows);
extern bool StatementChangesNothing(const TriggerData *data);
/* Let statements of the SPI connection read the transition tables by their names. */
extern void StatementRowsRegister(const TriggerData *data);

#endif
