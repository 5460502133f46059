/*
 * time_order.h
 *	  Tell by the order of values which of two instants a local time means, when clocks are set
 *	  back.
 */
#ifndef ELT_DECODE_TIME_ORDER_H
#define ELT_DECODE_TIME_ORDER_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "pgtime.h"

typedef struct TimeOrder TimeOrder;

extern TimeOrder *TimeOrderCreate(void);

/* Another sequence of values begins, or a local time passes that comes once. */
extern void TimeOrderRestart(TimeOrder *order);

/*
 * A local time that comes twice is the next one: *second says which of the two it is. False when
 * its order does not tell.
 */
extern bool TimeOrderNext(TimeOrder *order, Timestamp local, bool *second);

#endif
