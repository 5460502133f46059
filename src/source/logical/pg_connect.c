/*
 * pg_connect.c
 *	  Connect to the server that is replicated.
 *
 * Names are resolved here and not by libpq, so that the address that is connected to is the one that
 * has been checked. Settings that decide how values are written are those of the connection.
 */
#include "base/compat.h"
#include "source/logical/pg_link_private.h"

#include <netdb.h>
#include <netinet/in.h>

#include "base/handle.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "source/options.h"
#include "storage/latch.h"
#include "transport/address.h"
#include "utils/builtins.h"

#define MAX_OPTIONS 40

/* Values as every PostgreSQL reads them. */
#define SESSION_OPTIONS \
	"-c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=3 -c timezone=UTC " \
	"-c bytea_output=hex -c search_path=pg_catalog -c statement_timeout=0 -c lock_timeout=0 " \
	"-c idle_in_transaction_session_timeout=0"

/* ---- errors ---- */

/* What people can do about a failure to connect. */
static const char *
ConnectHint(const PgLink *link, const char *message)
{
	if (strstr(message, "password authentication failed") != NULL)
		return "Check options \"user\" and \"password\" of the user mapping; the password may have expired.";
	if (strstr(message, "no pg_hba.conf entry") != NULL)
		return "Add an entry for the role to pg_hba.conf of the server. A connection for logical "
			"replication needs one for the database, not for \"replication\".";
	if (strstr(message, "must be superuser or replication role") != NULL ||
		strstr(message, "permission denied to start WAL sender") != NULL)
		return "Use ALTER ROLE ... REPLICATION on the server for the role of the user mapping.";
	if (strstr(message, "number of requested standby connections exceeds") != NULL)
		return "Raise max_wal_senders of the server.";
	if (strstr(message, "too many connections") != NULL || strstr(message, "too many clients") != NULL ||
		strstr(message, "connection slots are reserved") != NULL)
		return "Lower option \"load_connections\" of the server, or raise max_connections there.";
	return "Check options \"host\" and \"port\" of the server, and whether it is running. Nothing is lost: "
		"the next run continues after the last transaction that has landed.";
}

static void
ReportConnect(PgLink *link, const char *message)
{
	ereport(ERROR,
			(errcode(ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION),
			 errmsg("could not connect to server \"%s\"", link->def->server_name),
			 errdetail_internal("%s", message),
			 errhint("%s", ConnectHint(link, message))));
}

/* ---- connecting ---- */

static void
RefuseAddress(PgLink *link, const char *host, const char *address)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("connection to host \"%s\" of server \"%s\" refused", host,
					link->def->server_name),
			 errdetail("Address %s is private.", address),
			 errhint("If that is intended, a superuser or a member of role \"elt_admin\" can use ALTER "
					 "SERVER %s OPTIONS (ADD allow_private 'true').",
					 quote_identifier(link->def->server_name))));
}

static char *
AddressOf(PgLink *link, const char *host, const struct addrinfo *info)
{
	const LogicalSource *source = link->def->own;
	char		text[INET6_ADDRSTRLEN];

	AddressText(info->ai_addr, text, sizeof(text));
	if (!source->allow_private && !AddressIsPublic(info->ai_addr))
		RefuseAddress(link, host, text);
	return pstrdup(text);
}

static void
FreeAddresses(void *info)
{
	freeaddrinfo(info);
}

static struct addrinfo *
AddressesOf(PgLink *link, const char *host)
{
	struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	int			status = getaddrinfo(host, NULL, &wanted, &found);

	if (status != 0)
		ReportConnect(link, psprintf("could not translate host name \"%s\" to address: %s", host,
									 gai_strerror(status)));
	ReleaseWithContext(CurrentMemoryContext, FreeAddresses, found);
	return found;
}

/* What libpq is told of hosts, a part for each address of each of them. */
typedef struct Hosts
{
	StringInfoData names;
	StringInfoData addresses;
	StringInfoData ports;
} Hosts;

static void
AddHost(Hosts *hosts, const char *name, const char *address, const char *port)
{
	const char *comma = hosts->names.len > 0 ? "," : "";

	appendStringInfo(&hosts->names, "%s%s", comma, name);
	appendStringInfo(&hosts->addresses, "%s%s", comma, address);
	appendStringInfo(&hosts->ports, "%s%s", comma, port);
}

/* A directory of sockets has no address. */
static void
ResolveHost(PgLink *link, Hosts *hosts, const char *host, const char *port)
{
	const LogicalSource *source = link->def->own;

	if (host[0] == '/' || host[0] == '@')
	{
		if (!source->allow_private)
			RefuseAddress(link, host, "of a Unix-domain socket");
		AddHost(hosts, host, "", port);
		return;
	}
	for (struct addrinfo *info = AddressesOf(link, host); info != NULL; info = info->ai_next)
		AddHost(hosts, host, AddressOf(link, host, info), port);
}

/* Of one or several hosts, separated by commas, with a port for each or one for all. */
static Hosts
ResolveAll(PgLink *link, const char *names, const char *ports)
{
	char	   *rest = pstrdup(names);
	char	   *ports_left = pstrdup(ports ? ports : "");
	char	   *port = "";
	char	   *host;
	Hosts		hosts;

	initStringInfo(&hosts.names);
	initStringInfo(&hosts.addresses);
	initStringInfo(&hosts.ports);
	while ((host = strsep(&rest, ",")) != NULL)
	{
		char	   *next = strsep(&ports_left, ",");

		port = next != NULL ? next : port;
		ResolveHost(link, &hosts, host, port);
	}
	return hosts;
}

typedef struct Keywords
{
	const char *names[MAX_OPTIONS];
	const char *values[MAX_OPTIONS];
	int			count;
} Keywords;

static void
AddKeyword(Keywords *k, const char *name, const char *value)
{
	if (value == NULL)
		return;
	Assert(k->count < MAX_OPTIONS - 1);
	k->names[k->count] = name;
	k->values[k->count++] = value;
}

/* A network that has gone silent is noticed within two minutes, unless the server says otherwise. */
static void
AddKeepalives(Keywords *k, List *options)
{
	static const char *const keepalives[][2] = {
		{"keepalives_idle", "60"}, {"keepalives_interval", "10"}, {"keepalives_count", "6"},
		{"tcp_user_timeout", "120000"}
	};

	for (int i = 0; i < lengthof(keepalives); i++)
		if (OptionValue(options, keepalives[i][0]) == NULL)
			AddKeyword(k, keepalives[i][0], keepalives[i][1]);
}

static Keywords
KeywordsOf(PgLink *link, bool replication)
{
	const LogicalSource *source = link->def->own;
	Keywords	k = {{0}};
	Hosts		hosts = ResolveAll(link, OptionValue(source->options, "host"),
								   OptionValue(source->options, "port"));
	ListCell   *lc;

	foreach(lc, source->options)
	{
		DefElem    *option = lfirst(lc);

		if (strcmp(option->defname, "host") != 0 && strcmp(option->defname, "port") != 0)
			AddKeyword(&k, option->defname, defGetString(option));
	}
	AddKeepalives(&k, source->options);
	AddKeyword(&k, "host", hosts.names.data);
	AddKeyword(&k, "hostaddr", hosts.addresses.data);
	AddKeyword(&k, "port", hosts.ports.data);
	AddKeyword(&k, "user", source->user);
	AddKeyword(&k, "password", source->password);
	/* none of the files and services of this server's own user */
	AddKeyword(&k, "passfile", "/nonexistent");
	AddKeyword(&k, "client_encoding", "UTF8");
	AddKeyword(&k, "options", SESSION_OPTIONS);
	AddKeyword(&k, "fallback_application_name",
			   source->pipeline ? psprintf("elt: %s", source->pipeline) : "elt");
	AddKeyword(&k, "replication", replication ? "database" : NULL);
	return k;
}

static void
CheckMapping(PgLink *link)
{
	const LogicalSource *source = link->def->own;

	if (source->user == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("user mapping not found for server \"%s\"", link->def->server_name),
				 errhint("Use CREATE USER MAPPING FOR ... SERVER %s OPTIONS (user '...', password '...') "
						 "for the owner of the pipeline.",
						 quote_identifier(link->def->server_name))));
	if (source->needs_password && (source->password == NULL || source->password[0] == '\0'))
		ereport(ERROR,
				(errcode(ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED),
				 errmsg("password is required"),
				 errdetail("Non-superusers must provide a password in the user mapping.")));
}

/* Otherwise the role would have logged in as the user that this server runs as. */
static void
CheckUsedPassword(PgLink *link)
{
	const LogicalSource *source = link->def->own;

	if (source->needs_password && !PQconnectionUsedPassword(link->conn))
		ereport(ERROR,
				(errcode(ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED),
				 errmsg("password is required"),
				 errdetail("Non-superusers cannot connect if the server does not request a password."),
				 errhint("Change the authentication method of the server \"%s\".",
						 link->def->server_name)));
}

static void
AwaitConnection(PgLink *link)
{
	const LogicalSource *source = link->def->own;
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	instr_time	began;

	INSTR_TIME_SET_CURRENT(began);
	while (status != PGRES_POLLING_OK)
	{
		int64		left = source->connect_timeout - PgLinkSince(began);

		if (status == PGRES_POLLING_FAILED)
			ReportConnect(link, PgLinkTrimmed(PQerrorMessage(link->conn)));
		if (left <= 0)
			ReportConnect(link, psprintf("The server did not respond within %d ms.",
										 source->connect_timeout));
		if (PgLinkWaitFor(link, status == PGRES_POLLING_READING ? WL_SOCKET_READABLE :
						  WL_SOCKET_WRITEABLE, (long) left))
			status = PQconnectPoll(link->conn);
	}
}

PgLink *
PgLinkOpen(const SourceDefinition *def, bool replication)
{
	PgLink	   *link = palloc0(sizeof(PgLink));
	Keywords	k;

	link->def = def;
	CheckMapping(link);
	k = KeywordsOf(link, replication);
	ReleaseWithContext(CurrentMemoryContext, PgLinkFinish, link);
	link->conn = PQconnectStartParams(k.names, k.values, false);
	if (link->conn == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	if (PQstatus(link->conn) == CONNECTION_BAD)
		ReportConnect(link, PgLinkTrimmed(PQerrorMessage(link->conn)));
	AwaitConnection(link);
	CheckUsedPassword(link);
	PQsetnonblocking(link->conn, 1);
	return link;
}
