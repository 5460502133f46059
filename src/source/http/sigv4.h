/*
 * sigv4.h
 *	  Requests signed with AWS Signature Version 4.
 *
 * libcurl can sign too, but the versions that we have to live with sign neither a query that
 * is not sorted nor a path with encoded characters as AWS reads them.
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
 * Sign a request that is complete but for that, so that it is taken for some minutes from now.
 * It follows no redirect: the signature is good for this URL only. Its list of headers becomes
 * another one.
 */
extern void SigV4Sign(const AwsKey *key, TransportRequest *request, time_t now);

#endif
