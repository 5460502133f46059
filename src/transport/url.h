/*
 * url.h
 *	  Build, check and compare URLs, parsed by the library that will fetch them.
 */
#ifndef ELT_TRANSPORT_URL_H
#define ELT_TRANSPORT_URL_H

#include "postgres.h"
#include "lib/stringinfo.h"

/* Append value, percent-encoded for use in a path segment or a query value. */
extern void UrlEncode(StringInfo out, const char *value);

/* The byte that text, "%2F...", begins with; -1: it begins otherwise. */
extern int	UrlEncodedByte(const char *text, size_t length);

/*
 * base + path + "?" + query with exactly one slash between; path and query are ready to
 * send, NULL or empty when absent. A query that base or path already has is kept in front.
 */
extern char *UrlJoin(const char *base, const char *path, const char *query);

/* Raise an error unless url is an absolute http or https URL without user and password. */
extern void UrlCheck(const char *what, const char *url);

/* "https://host:443", lower case, with the effective port; NULL when url is not usable. */
extern char *UrlOrigin(const char *url);
/* The host of url if it is a private address or this machine, as text; NULL: it is not known to be. */
extern char *UrlPrivateHost(const char *url);
/* Does a valid url have nothing but scheme, host and port? */
extern bool UrlIsOrigin(const char *url);
extern bool UrlSameOrigin(const char *a, const char *b);

/* Resolve location relative to base; NULL when the result is not a valid URL. */
extern char *UrlResolve(const char *base, const char *location);

#endif
