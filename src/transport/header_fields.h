/*
 * header_fields.h
 *	  Parse the header block of a response.
 */
#ifndef ELT_TRANSPORT_HEADER_FIELDS_H
#define ELT_TRANSPORT_HEADER_FIELDS_H

#include "transport/page.h"

/* Set the page's headers and derived fields, in the current memory context. */
extern void PageTakeFields(FetchedPage *page, const char *block, size_t len);

#endif
