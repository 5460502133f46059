/*
 * curl_session.h
 *	  Declarations shared by the files of the curl transport.
 *
 * Rules: libcurl runs with all signals blocked (it may start a resolver thread), and its
 * callbacks neither throw nor use palloc. They write into fields of CurlTransfer; what they
 * leave there is acted upon after libcurl has returned (curl_drive.c).
 *
 * A transfer lives in the memory context of its page, a child of the session's, so it dies
 * with PageFree or with the session, and takes its curl handle out of the multi handle.
 */
#ifndef ELT_TRANSPORT_CURL_SESSION_H
#define ELT_TRANSPORT_CURL_SESSION_H

#include "postgres.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <signal.h>

#include "lib/ilist.h"
#include "storage/latch.h"
#include "transport/body.h"
#include "transport/transport.h"
#include "transport/unpack.h"

#define MAX_RUNNING 64			/* transfers; more wait their turn */

struct CurlSession;

/*
 * A multi handle and its connections. Reused connections bypass the socket-open callback, so
 * transfers that may reach private addresses have a lane of their own.
 */
typedef struct CurlLane
{
	struct CurlSession *session;
	CURLM	   *multi;			/* NULL until needed */
	int			number;
	int64		timer_us;		/* when curl wants to be called; -1: not */
} CurlLane;

#define PUBLIC_LANE		0
#define PRIVATE_LANE	1
#define LANES			2

typedef enum TransferState
{
	TRANSFER_QUEUED,
	TRANSFER_RUNNING,
	TRANSFER_DONE,
	TRANSFER_TAKEN,				/* by the caller */
	TRANSFER_STATES
} TransferState;

typedef struct CurlSession
{
	MemoryContext cxt;
	size_t		page_memory;
	size_t		held;			/* body bytes in memory, all pages */
	CurlLane	lanes[LANES];
	int			poll_fd;		/* epoll: every socket of every lane; -1: none */
	WaitEventSet *wait_set;		/* poll_fd and our latch */
	int64		driven_us;		/* when curl was last called */
	CURL	   *idle[MAX_RUNNING];
	int			nidle;
	dlist_head	transfers[TRANSFER_STATES];
	int			counts[TRANSFER_STATES];
	int			sockets;		/* open now; counted by callbacks */
	int			reserved;		/* descriptors told to PostgreSQL */
} CurlSession;

typedef struct CurlTransfer
{
	dlist_node	node;			/* among those of its state */
	TransferState state;
	CurlSession *session;
	CurlLane   *lane;
	TransportRequest request;	/* our own copy */
	FetchedPage *page;
	PageBody	body;
	CURL	   *easy;			/* only while running */
	struct curl_slist *headers;
	int64		started_us;
	int64		away_us;		/* time in which nobody called curl */
	bool		no_room;		/* the body is over temp_file_limit */

	/* written by callbacks */
	Unpacker	unpacker;
	char		error[CURL_ERROR_SIZE];
	char	   *head;			/* malloc'd header block */
	size_t		head_len;
	size_t		head_capacity;
	bool		head_ended;
	bool		paused;
	bool		no_memory;
	bool		head_too_large;
	bool		body_too_large;
	int			dialled;		/* addresses that were tried */
	char		refused[INET6_ADDRSTRLEN];	/* the last refused address, or "" */
} CurlTransfer;

/* curl.c */
extern void TransferMove(CurlTransfer *transfer, TransferState state);

/* curl_request.c */
extern void CheckRequestHeaders(const TransportRequest *request);
extern void TransferStart(CurlTransfer *transfer);
extern void TransferSetUrl(CurlTransfer *transfer);
extern void TransferSetTimeouts(CurlTransfer *transfer);
extern void TransferAddToMulti(CurlTransfer *transfer);
extern void TransferGiveBackHandle(CurlTransfer *transfer);

/* curl_callback.c */
extern size_t OnBody(char *data, size_t size, size_t count, void *arg);
extern size_t OnHeader(char *data, size_t size, size_t count, void *arg);
extern curl_socket_t OnOpenSocket(void *arg, curlsocktype purpose,
								  struct curl_sockaddr *address);
extern int	OnCloseSocket(void *arg, curl_socket_t fd);
extern int	OnSocketChange(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused);
extern int	OnTimer(CURLM *multi, long timeout_ms, void *arg);

/* curl_drive.c */
extern int64 NowUs(void);
extern void BlockAllSignals(sigset_t *saved);
extern void RestoreSignals(const sigset_t *saved);
extern void CurlDrive(CurlSession *session);
extern void CurlWaitForTraffic(CurlSession *session, int64 give_up_us);

/* curl_result.c */
extern void TransferFinish(CurlTransfer *transfer, CURLcode code);

/* curl_failure.c */
extern void PageExplainFailure(CurlTransfer *transfer, CURLcode code);
extern void PageFail(FetchedPage *page, TransportFailure failure, char *message);

#endif
