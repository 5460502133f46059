/*
 * http_pull.h
 *	  Several requests in flight, retries inside, answers in the order of the slices.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_PULL_H
#define ELT_SOURCE_HTTP_HTTP_PULL_H

#include "source/feed.h"

extern const Feed HttpFeed;

#endif
