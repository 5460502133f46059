/*
 * transport.c
 *	  Dispatch requests to libcurl or to local files.
 */
#include "base/compat.h"
#include "transport/transport.h"

#include "utils/memutils.h"

#define MAX_KINDS 8

struct Transport
{
	MemoryContext cxt;			/* the session and its pages are inside */
	size_t		page_memory;
	const TransportKind *kind;	/* NULL until the first request */
	void	   *session;
};

static const TransportKind *kinds[MAX_KINDS];
static int	nkinds = 0;

void
TransportRegister(const TransportKind *kind)
{
	if (nkinds == MAX_KINDS)
		elog(ERROR, "too many kinds of transport");
	kinds[nkinds++] = kind;
}

Transport *
TransportOpen(size_t page_memory)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt transport",
											  ALLOCSET_DEFAULT_SIZES);
	Transport  *transport = MemoryContextAllocZero(cxt, sizeof(Transport));

	transport->cxt = cxt;
	transport->page_memory = page_memory;
	return transport;
}

/* Is the scheme of url one of the words? */
static bool
SpeaksSchemeOf(const TransportKind *kind, const char *url)
{
	size_t		len = strcspn(url, ":");
	const char *word = kind->schemes;

	while (*word != '\0')
	{
		size_t		word_len = strcspn(word, " ");

		if (word_len == len && pg_strncasecmp(word, url, len) == 0)
			return true;
		word += word_len + strspn(word + word_len, " ");
	}
	return false;
}

static const TransportKind *
KindFor(const TransportRequest *request)
{
	int			i;

	for (i = 0; i < nkinds; i++)
		if (SpeaksSchemeOf(kinds[i], request->url))
			return kinds[i];
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("unsupported URL scheme: \"%s\"", request->shown_url),
			 errhint("URLs must start with http:// or https://.")));
}

static void
OpenSession(Transport *transport, const TransportKind *kind)
{
	transport->session = kind->open(transport->cxt, transport->page_memory);
	transport->kind = kind;
}

void
TransportSubmit(Transport *transport, const TransportRequest *request)
{
	if (transport->kind == NULL)
		OpenSession(transport, KindFor(request));
	transport->kind->submit(transport->session, request);
}

FetchedPage *
TransportWait(Transport *transport, long timeout_ms)
{
	if (transport->kind == NULL)
		return NULL;
	return transport->kind->wait(transport->session, timeout_ms);
}

int
TransportInFlight(const Transport *transport)
{
	if (transport->kind == NULL)
		return 0;
	return transport->kind->in_flight(transport->session);
}

void
TransportClose(Transport *transport)
{
	MemoryContextDelete(transport->cxt);
}
