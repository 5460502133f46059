/*
 * page.h
 *	  One response: its body and metadata, as input of decode.
 *
 * A page belongs to the Transport that fetched it, and ends with PageFree or with the
 * Transport. The body is in memory up to page_memory, beyond that in a temporary file that
 * outlives transactions. (PostgreSQL's own Page is a disk block, hence the longer name.)
 */
#ifndef ELT_TRANSPORT_PAGE_H
#define ELT_TRANSPORT_PAGE_H

#include "postgres.h"

typedef enum TransportFailure
{
	TRANSPORT_NONE = 0,
	TRANSPORT_RESOLVE,			/* the host name has no address */
	TRANSPORT_CONNECT,
	TRANSPORT_TLS,
	TRANSPORT_CERTIFICATE,		/* the server's is not trusted, or the client's is invalid */
	TRANSPORT_TIMEOUT,			/* connect or total timeout, or no answer at all */
	TRANSPORT_STALLED,			/* the answer began, then came too slowly */
	TRANSPORT_RESET,			/* the connection broke */
	TRANSPORT_PARTIAL,			/* the body ended before its declared end */
	TRANSPORT_TOO_LARGE,		/* body over max_bytes */
	TRANSPORT_NO_ROOM,			/* temp_file_limit leaves none for the body */
	TRANSPORT_HEAD_TOO_LARGE,	/* headers over their cap, which nobody sets */
	TRANSPORT_REFUSED_ADDRESS,	/* a private address, and allow_private is off */
	TRANSPORT_REDIRECT,			/* to another origin, or too many */
	TRANSPORT_BAD_URL,
	TRANSPORT_FILE,				/* a file lies outside its directory, or is no regular one */
	TRANSPORT_NO_FILE,			/* it does not exist */
	TRANSPORT_FILE_REFUSED,		/* the system refuses to open it */
	TRANSPORT_OTHER
} TransportFailure;

typedef struct PageField
{
	char	   *name;			/* lower case */
	char	   *value;			/* repeated headers are joined by ", " */
} PageField;

typedef struct FetchedPage
{
	int			status;			/* HTTP status; 0 when no answer came */
	TransportFailure failure;
	char	   *error;			/* message without secrets; NULL when failure is NONE */
	char	   *content_type;	/* media type, lower case, no parameters; or NULL */
	char	   *charset;		/* lower case, or NULL */
	char	   *etag;
	char	   *last_modified;	/* NULL also when the answer is not a second older */
	int64		retry_after_ms; /* -1: absent or not positive */
	int64		sent_at;		/* seconds since 1970 by the server's clock; 0: it does not say */
	PageField  *headers;
	int			nheaders;
	int64		bytes;			/* of the body, after decompression */
	uint64		body_hash;		/* of the body, after decompression */
	int64		dns_us;			/* duration of each phase, 0 when skipped */
	int64		connect_us;
	int64		tls_us;
	int64		first_byte_us;	/* from the start of the request */
	int64		total_us;
	bool		reused_connection;
	int			http_version;	/* 10, 11, 20, 30; 0 unknown */
	int			redirects;		/* followed */
	void	   *tag;			/* the caller's, from the request */
	const char *member;			/* of an archive, its name; else NULL */
	const char *position;		/* where the next run continues; set by the caller; or NULL */
	struct FileVersion *file;	/* that it was read from; NULL: it is none, or has one before it */
	struct PageBody *body;		/* page.c */
	MemoryContext cxt;			/* holds the page; deleted by PageFree */
} FetchedPage;

extern const char *PageHeaderValue(const FetchedPage *page, const char *name);	/* NULL: absent */

/* The body in order; shaped as decode's ByteSource, state is the page. */
extern bool PageNextChunk(void *state, const char **data, size_t *len);
extern void PageRewind(void *state);
/* Go on with a part of the body; false: it has none of this name. part NULL: has it parts? */
extern bool PageSelectPart(void *state, const char *part);
/* Bytes of the body, any of which can be read; -1: it is read from its beginning only. */
extern int64 PageSize(void *state);
extern void PageReadAt(void *state, char *buffer, size_t len, int64 offset);
/* Is the body a stream? Then bytes counts what has been read so far. */
extern bool PageIsStream(const FetchedPage *page);

/* The first maxlen bytes of the body as readable text in the server encoding. */
extern char *PageExcerpt(FetchedPage *page, int maxlen);
extern void PageFree(FetchedPage *page);

extern const char *TransportFailureName(TransportFailure failure);	/* "stalled" */

#endif
