/*
 * curl.h
 *	  The http and https transport.
 */
#ifndef ELT_TRANSPORT_CURL_H
#define ELT_TRANSPORT_CURL_H

extern void CurlTransportInit(void);	/* from _PG_init: registers the kind */

#endif
