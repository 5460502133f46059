/*
 * curl_drive.c
 *	  Drive libcurl's transfers, then act on what its callbacks recorded.
 *
 * All sockets are in one epoll set, which PostgreSQL waits on together with our latch: no
 * polling, and a cancel ends the wait at once.
 */
#include "base/compat.h"
#include "transport/curl_session.h"

#include <pthread.h>
#include <sys/epoll.h>

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/wait_event.h"

#define EVENTS_AT_ONCE		64
#define GRACE_US			500000	/* libcurl's own timeout comes first */
#define AWAY_FROM_US		1000000 /* a shorter absence is not worth a correction */

int64
NowUs(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

void
BlockAllSignals(sigset_t *saved)
{
	sigset_t	all;

	sigfillset(&all);
	(void) pthread_sigmask(SIG_SETMASK, &all, saved);
}

void
RestoreSignals(const sigset_t *saved)
{
	(void) pthread_sigmask(SIG_SETMASK, saved, NULL);
}

static int
CurlReadiness(uint32 events)
{
	int			ready = 0;

	if (events & EPOLLIN)
		ready |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		ready |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		ready |= CURL_CSELECT_ERR;
	return ready;
}

static CURLMcode
ServeSockets(CurlSession *session)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int			count = epoll_wait(session->poll_fd, events, EVENTS_AT_ONCE, 0);
	int			running;
	int			i;

	for (i = 0; i < count; i++)
	{
		CurlLane   *lane = &session->lanes[events[i].data.u64 >> 32];
		CURLMcode	code;

		code = curl_multi_socket_action(lane->multi,
										(curl_socket_t) (uint32) events[i].data.u64,
										CurlReadiness(events[i].events), &running);
		if (code != CURLM_OK)
			return code;
	}
	return CURLM_OK;
}

static CURLMcode
ServeTimers(CurlSession *session)
{
	int			running;
	int			i;

	for (i = 0; i < LANES; i++)
	{
		CurlLane   *lane = &session->lanes[i];
		CURLMcode	code;

		if (lane->timer_us < 0 || lane->timer_us > NowUs())
			continue;
		lane->timer_us = -1;
		code = curl_multi_socket_action(lane->multi, CURL_SOCKET_TIMEOUT, 0, &running);
		if (code != CURLM_OK)
			return code;
	}
	return CURLM_OK;
}

static void
ServeAll(CurlSession *session)
{
	sigset_t	saved;
	CURLMcode	code;

	BlockAllSignals(&saved);
	code = ServeSockets(session);
	if (code == CURLM_OK)
		code = ServeTimers(session);
	RestoreSignals(&saved);
	if (code != CURLM_OK)
		elog(ERROR, "libcurl failed: %s", curl_multi_strerror(code));
}

static void
ForgiveAbsence(CurlSession *session)
{
	int64		now = NowUs();
	int64		away = now - session->driven_us;
	dlist_iter	iter;

	session->driven_us = now;
	if (away < AWAY_FROM_US)
		return;
	dlist_foreach(iter, &session->transfers[TRANSFER_RUNNING])
	{
		CurlTransfer *transfer = dlist_container(CurlTransfer, node, iter.cur);

		if (transfer->started_us > now - away)
			continue;
		transfer->away_us += away;
		TransferSetTimeouts(transfer);
	}
}

static void
Unpause(CurlTransfer *transfer)
{
	sigset_t	saved;

	transfer->paused = false;
	BlockAllSignals(&saved);
	(void) curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	RestoreSignals(&saved);
	transfer->lane->timer_us = NowUs();
}

/* Unpausing may hand over more than fits, and so pause again. */
static void
Spill(CurlTransfer *transfer)
{
	while (transfer->paused)
	{
		if (!BodySpill(&transfer->body))
		{
			transfer->no_room = true;
			BodyEmpty(&transfer->body);
			TransferFinish(transfer, CURLE_WRITE_ERROR);
			return;
		}
		Unpause(transfer);
	}
}

static void
SpillPaused(CurlSession *session)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &session->transfers[TRANSFER_RUNNING])
		Spill(dlist_container(CurlTransfer, node, iter.cur));
}

static void
CollectFinished(CurlLane *lane)
{
	CURLMsg    *message;
	int			left;

	while (lane->multi != NULL &&
		   (message = curl_multi_info_read(lane->multi, &left)) != NULL)
	{
		CURLcode	code = message->data.result;
		char	   *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		TransferFinish((CurlTransfer *) transfer, code);
	}
}

static int64
OverdueAtUs(const CurlTransfer *transfer)
{
	return transfer->started_us + transfer->away_us +
		(int64) transfer->request.total_timeout_ms * 1000 + GRACE_US;
}

/* libcurl does not set its timers again when a limit is raised. */
static void
EndOverdue(CurlSession *session)
{
	int64		now = NowUs();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &session->transfers[TRANSFER_RUNNING])
	{
		CurlTransfer *transfer = dlist_container(CurlTransfer, node, iter.cur);

		if (OverdueAtUs(transfer) < now)
			TransferFinish(transfer, CURLE_OPERATION_TIMEDOUT);
	}
}

/* Sockets come and go inside libcurl; PostgreSQL learns of them afterwards. */
static void
AccountForDescriptors(CurlSession *session)
{
	for (; session->reserved < session->sockets; session->reserved++)
		ReserveExternalFD();
	for (; session->reserved > session->sockets; session->reserved--)
		ReleaseExternalFD();
}

void
CurlDrive(CurlSession *session)
{
	int			i;

	ForgiveAbsence(session);
	ServeAll(session);
	SpillPaused(session);
	for (i = 0; i < LANES; i++)
		CollectFinished(&session->lanes[i]);
	EndOverdue(session);
	AccountForDescriptors(session);
	session->driven_us = NowUs();
}

static int64
Earlier(int64 a_us, int64 b_us)
{
	if (a_us < 0 || b_us < 0)
		return Max(a_us, b_us);
	return Min(a_us, b_us);
}

/* Milliseconds until curl or the caller wants to be called, rounded up; -1: never. */
static long
WaitLimit(CurlSession *session, int64 give_up_us)
{
	int64		until = give_up_us;
	dlist_iter	iter;
	int			i;

	for (i = 0; i < LANES; i++)
		until = Earlier(until, session->lanes[i].timer_us);
	dlist_foreach(iter, &session->transfers[TRANSFER_RUNNING])
		until = Earlier(until, OverdueAtUs(dlist_container(CurlTransfer, node, iter.cur)));
	if (until < 0)
		return -1;
	return (long) Max(0, (until - NowUs() + 999) / 1000);
}

static uint32
HttpWaitEvent(void)
{
	static uint32 event = 0;

	if (event == 0)
		event = NamedWaitEvent_compat("EltHttp");
	return event;
}

void
CurlWaitForTraffic(CurlSession *session, int64 give_up_us)
{
	WaitEvent	event;
	int			count;

	count = WaitEventSetWait(session->wait_set, WaitLimit(session, give_up_us), &event, 1,
							 HttpWaitEvent());
	if (count > 0 && (event.events & WL_LATCH_SET))
		ResetLatch(MyLatch);
	session->driven_us = NowUs();
}
