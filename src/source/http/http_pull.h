/*
 * http_pull.h
 *	  Fetch slices with concurrent requests and retries, and return them in order.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_PULL_H
#define ELT_SOURCE_HTTP_HTTP_PULL_H

#include "source/feed.h"

extern const Feed HttpFeed;

#endif
