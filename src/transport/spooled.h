/*
 * spooled.h
 *	  Read any bytes of a stream that is read from its beginning only.
 */
#ifndef ELT_TRANSPORT_SPOOLED_H
#define ELT_TRANSPORT_SPOOLED_H

#include "postgres.h"
#include "transport/body.h"
#include "transport/page.h"

/*
 * The same stream, whose size can be asked for: then it is copied to a temporary file, which goes with the
 * page's context. name is for messages.
 */
extern PageStream *SpooledStream(FetchedPage *page, const PageStream *stream, const char *name);

#endif
