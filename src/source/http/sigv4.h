/*
 * sigv4.h
 *	  Requests signed with AWS Signature Version 4.
 *
 * libcurl can sign too, but the supported versions sign unsorted queries and paths with encoded
 * characters incorrectly.
 */
#ifndef ELT_SOURCE_HTTP_SIGV4_H
#define ELT_SOURCE_HTTP_SIGV4_H

#include "postgres.h"

#include <time.h>

typedef struct TransportRequest TransportRequest;

typedef struct AwsKey
{
	char	   *access_key;
	char	   *secret_key;
	char	   *session_token;	/* of temporary credentials, or NULL */
	char	   *region;
	char	   *service;
} AwsKey;

/*
 * Sign a complete request; the signature is valid for some minutes. Redirects are disabled,
 * because the signature is valid for this URL only. The list of headers is replaced.
 */
extern void SigV4Sign(const AwsKey *key, TransportRequest *request, time_t now);

#endif
