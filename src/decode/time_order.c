/*
 * time_order.c
 *	  Tell by the order of values which of two instants a local time means, when clocks are set
 *	  back.
 *
 * The repeated times of a series rise, fall back once to where they began or before that, and
 * rise again. Anything else, such as the rows of two series in turn, tells nothing.
 */
#include "postgres.h"

#include "decode/time_order.h"

typedef enum OrderState
{
	ORDER_OUTSIDE,				/* the last value came once */
	ORDER_FIRST,
	ORDER_SECOND,
	ORDER_BROKEN				/* tells nothing until a value comes that comes once */
} OrderState;

struct TimeOrder
{
	OrderState	state;
	Timestamp	start;			/* the first of those that come twice */
	Timestamp	last;
};

TimeOrder *
TimeOrderCreate(void)
{
	return palloc0(sizeof(TimeOrder));
}

void
TimeOrderRestart(TimeOrder *order)
{
	order->state = ORDER_OUTSIDE;
}

bool
TimeOrderNext(TimeOrder *order, Timestamp local, bool *second)
{
	if (order->state == ORDER_BROKEN)
		return false;
	if (order->state == ORDER_OUTSIDE || local > order->last + USECS_PER_DAY)
	{
		order->state = ORDER_FIRST;
		order->start = local;
	}
	else if (local <= order->last)
	{
		order->state = order->state == ORDER_SECOND || local > order->start ? ORDER_BROKEN
			: ORDER_SECOND;
	}
	order->last = local;
	*second = order->state == ORDER_SECOND;
	return order->state != ORDER_BROKEN;
}
