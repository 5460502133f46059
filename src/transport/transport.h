/*
 * transport.h
 *	  Send requests and receive responses, independent of the library that is used.
 *
 * A Transport is the session of one run and is independent of transactions. Kinds of transport
 * register themselves; the URL scheme of the first request selects the kind.
 */
#ifndef ELT_TRANSPORT_TRANSPORT_H
#define ELT_TRANSPORT_TRANSPORT_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "transport/page.h"

typedef struct TransportRequest
{
	const char *method;			/* GET, POST */
	const char *url;			/* the real one, may hold secrets */
	const char *shown_url;		/* secrets as ***: the only one for messages */
	List	   *headers;		/* of char *, "Name: value" */
	const char *body;			/* NULL: none */
	int			connect_timeout_ms; /* 0 in any of the three: the default */
	int			total_timeout_ms;
	int			stall_timeout_ms;	/* below 100 bytes/s for so long */
	int64		max_bytes;		/* after decompression; 0: no limit */
	bool		allow_private;	/* may reach private addresses */
	int			max_redirects;	/* same origin only */
	const char *proxy;			/* URL of it; NULL: none */
	const char *proxy_user;		/* NULL: no credentials */
	const char *proxy_password;
	const char *ca_pem;			/* trusted certificates; NULL: the system's */
	const char *client_certificate_pem; /* TLS client certificate; NULL: none */
	const char *client_key_pem;
	const char *root;			/* of scheme file: the directory that it never leaves */
	const char *compression;	/* of scheme file: none, gzip, ..., zip or auto */
	const char *members;		/* of an archive: pattern of those that are pages; NULL: all */
	bool		has_parts;		/* it is an archive, whose members are parts of one page */
	bool		wants_checksum; /* of scheme file: see FileVersion */
	void	   *tag;			/* comes back in the page */
} TransportRequest;

typedef struct Transport Transport;

/* In a child of CurrentMemoryContext, which frees it when an error comes first. */
extern Transport *TransportOpen(size_t page_memory);
extern void TransportSubmit(Transport *transport, const TransportRequest *request);

/*
 * The next finished page, or NULL when timeout_ms has passed (-1: never) or when nothing is
 * in flight. Serves interrupts while it waits.
 */
extern FetchedPage *TransportWait(Transport *transport, long timeout_ms);
extern int	TransportInFlight(const Transport *transport);
extern void TransportClose(Transport *transport);

/* The callbacks of a kind of transport. */
typedef struct TransportKind
{
	const char *name;
	const char *schemes;		/* "http https" */
	void	   *(*open) (MemoryContext cxt, size_t page_memory);
	void		(*submit) (void *session, const TransportRequest *request);
	FetchedPage *(*wait) (void *session, long timeout_ms);
	int			(*in_flight) (const void *session);
} TransportKind;

extern void TransportRegister(const TransportKind *kind);

#endif
