/*
 * header_fields.h
 *	  The header block of an answer, and the facts that a page takes from it.
 */
#ifndef ELT_TRANSPORT_HEADER_FIELDS_H
#define ELT_TRANSPORT_HEADER_FIELDS_H

#include "transport/page.h"

/* Fill the page's headers and what derives from them; allocates in CurrentMemoryContext. */
extern void PageTakeFields(FetchedPage *page, const char *block, size_t len);

#endif
