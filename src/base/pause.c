/*
 * pause.c
 *	  Wait for a while without missing an interrupt.
 */
#include "base/compat.h"
#include "base/pause.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"

void
PauseFor(long milliseconds)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds,
					 PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}
