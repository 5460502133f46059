/*
 * pg_link.c
 *	  Exchange commands and messages with the server that is replicated.
 */
#include "base/compat.h"
#include "source/logical/pg_link_private.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"

/* How long a command may take before the connection is given up. */
#define COMMAND_TIMEOUT_MS	(300 * 1000)

/* ---- errors ---- */

char *
PgLinkTrimmed(const char *text)
{
	char	   *copy = pstrdup(text ? text : "");
	int			len = strlen(copy);

	while (len > 0 && isspace((unsigned char) copy[len - 1]))
		copy[--len] = '\0';
	return copy;
}

void
PgLinkLost(PgLink *link)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONNECTION_FAILURE),
			 errmsg("connection to server \"%s\" was lost", link->def->server_name),
			 errdetail_internal("%s", PgLinkTrimmed(PQerrorMessage(link->conn))),
			 errhint("Nothing is lost: the next run continues after the last transaction that has "
					 "landed.")));
}

/* ---- waiting ---- */

bool
PgLinkWaitFor(PgLink *link, int events, long milliseconds)
{
	int			ready = WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH |
										  events, PQsocket(link->conn), milliseconds,
										  PG_WAIT_EXTENSION);

	if (ready & WL_LATCH_SET)
	{
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return (ready & (WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE)) != 0;
}

int64
PgLinkSince(instr_time then)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, then);
	return (int64) INSTR_TIME_GET_MILLISEC(now);
}

bool
PgLinkWait(PgLink *link, long milliseconds)
{
	if (!PgLinkWaitFor(link, WL_SOCKET_READABLE, milliseconds))
		return false;
	if (!PQconsumeInput(link->conn))
		PgLinkLost(link);
	return true;
}

void
PgLinksWait(PgLink *const *links, int count, long milliseconds)
{
	WaitEventSet *set = CreateWaitEventSet_compat(CurrentMemoryContext, count + 2);
	WaitEvent	event = {0};

	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	for (int i = 0; i < count; i++)
		AddWaitEventToSet(set, WL_SOCKET_READABLE, PQsocket(links[i]->conn), NULL, NULL);
	(void) WaitEventSetWait(set, milliseconds, &event, 1, PG_WAIT_EXTENSION);
	FreeWaitEventSet(set);
	if (event.events & WL_LATCH_SET)
	{
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

void
PgLinkFinish(void *arg)
{
	PgLink	   *link = arg;

	PQclear(link->result);
	PQfreemem(link->message);
	if (link->conn != NULL)
		PQfinish(link->conn);
	link->result = NULL;
	link->message = NULL;
	link->conn = NULL;
}

void
PgLinkClose(PgLink *link)
{
	PgLinkFinish(link);
}

/* ---- commands ---- */

static void
Flush(PgLink *link)
{
	int			left;

	while ((left = PQflush(link->conn)) > 0)
	{
		(void) PgLinkWaitFor(link, WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE, 1000);
		/* a server that cannot write to us does not read either */
		if (!PQconsumeInput(link->conn))
			PgLinkLost(link);
	}
	if (left < 0)
		PgLinkLost(link);
}

static PGresult *
AwaitResult(PgLink *link)
{
	instr_time	began;

	INSTR_TIME_SET_CURRENT(began);
	while (PQisBusy(link->conn))
	{
		(void) PgLinkWait(link, 1000);
		if (PgLinkSince(began) > COMMAND_TIMEOUT_MS)
			ereport(ERROR,
					(errcode(ERRCODE_CONNECTION_FAILURE),
					 errmsg("server \"%s\" did not respond within %d seconds",
							link->def->server_name, COMMAND_TIMEOUT_MS / 1000)));
	}
	return PQgetResult(link->conn);
}

static bool
IsCopy(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT || status == PGRES_COPY_IN;
}

/* The last result of the command, unless one has failed or begins to copy. */
static void
TakeResults(PgLink *link)
{
	PGresult   *next;

	while ((next = AwaitResult(link)) != NULL)
	{
		if (link->result != NULL && PQresultStatus(link->result) == PGRES_FATAL_ERROR)
		{
			PQclear(next);
			continue;
		}
		PQclear(link->result);
		link->result = next;
		if (IsCopy(next))
			return;
	}
}

static void
KeepError(PgLink *link)
{
	const char *state = PQresultErrorField(link->result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(link->result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(link->result, PG_DIAG_MESSAGE_DETAIL);

	strlcpy(link->state, state ? state : "08006", sizeof(link->state));
	link->error = PgLinkTrimmed(message ? message : PQerrorMessage(link->conn));
	link->detail = detail ? pstrdup(detail) : NULL;
}

PGresult *
PgLinkTry(PgLink *link, const char *command)
{
	ExecStatusType status;

	PQclear(link->result);
	link->result = NULL;
	if (!PQsendQuery(link->conn, command))
		PgLinkLost(link);
	Flush(link);
	TakeResults(link);
	if (link->result == NULL)
		PgLinkLost(link);
	status = PQresultStatus(link->result);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || IsCopy(link->result))
		return link->result;
	KeepError(link);
	return NULL;
}

const char *
PgLinkState(const PgLink *link)
{
	return link->state;
}

void
PgLinkReport(PgLink *link, const char *what, const char *hint)
{
	const char *s = link->state;

	ereport(ERROR,
			(errcode(MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4])),
			 errmsg("could not %s of server \"%s\": %s", what, link->def->server_name, link->error),
			 link->detail ? errdetail_internal("%s", link->detail) : 0,
			 hint ? errhint("%s", hint) : 0));
}

PGresult *
PgLinkRun(PgLink *link, const char *command)
{
	PGresult   *result = PgLinkTry(link, command);

	if (result == NULL)
		PgLinkReport(link, "run a command", NULL);
	return result;
}

const char *
PgLinkValue(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

bool
PgLinkIsTrue(const PGresult *result, int row, int column)
{
	const char *value = PgLinkValue(result, row, column);

	return value != NULL && strcmp(value, "t") == 0;
}

static char *
Copied(PgLink *link, char *text)
{
	char	   *copy;

	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("could not quote a text for server \"%s\": %s", link->def->server_name,
						PgLinkTrimmed(PQerrorMessage(link->conn)))));
	copy = pstrdup(text);
	PQfreemem(text);
	return copy;
}

char *
PgLinkLiteral(PgLink *link, const char *text)
{
	return Copied(link, PQescapeLiteral(link->conn, text, strlen(text)));
}

char *
PgLinkName(PgLink *link, const char *name)
{
	return Copied(link, PQescapeIdentifier(link->conn, name, strlen(name)));
}

int
PgLinkVersion(const PgLink *link)
{
	return PQserverVersion(link->conn);
}

/* ---- copying ---- */

static int
NextMessage(PgLink *link)
{
	PQfreemem(link->message);
	link->message = NULL;
	return PQgetCopyData(link->conn, &link->message, true);
}

const char *
PgLinkMessage(PgLink *link, int *len, bool *ended)
{
	*len = NextMessage(link);
	if (*len == 0)
	{
		if (!PQconsumeInput(link->conn))
			PgLinkLost(link);
		*len = NextMessage(link);
	}
	*ended = *len == -1;
	if (*len < -1)
		PgLinkLost(link);
	return link->message;
}

void
PgLinkSend(PgLink *link, const char *data, int len)
{
	if (PQputCopyData(link->conn, data, len) < 0)
		PgLinkLost(link);
	Flush(link);
}

void
PgLinkEndCopy(PgLink *link)
{
	PGresult   *result;

	if (PQstatus(link->conn) == CONNECTION_BAD)
		PgLinkLost(link);
	while ((result = AwaitResult(link)) != NULL)
	{
		bool		failed = PQresultStatus(result) == PGRES_FATAL_ERROR;

		PQclear(link->result);
		link->result = result;
		if (failed)
		{
			KeepError(link);
			PgLinkReport(link, "replicate changes", NULL);
		}
		if (PQresultStatus(result) == PGRES_COPY_IN)
			(void) PQputCopyEnd(link->conn, NULL);
	}
}
