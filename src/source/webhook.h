/*
 * webhook.h
 *	  Messages that are posted to a server: a JSON body, and whether it was accepted.
 */
#ifndef ELT_SOURCE_WEBHOOK_H
#define ELT_SOURCE_WEBHOOK_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "transport/transport.h"

struct Auth;

typedef struct Webhook
{
	struct Auth *auth;			/* NULL: none */
	TransportRequest request;
} Webhook;

/* Is text, with any values in place of its placeholders, a JSON object? names: char * of these. */
extern bool WebhookTemplateIsValid(const char *text, List **names);

/* The template with value(name, arg) in place of each placeholder, which stands in a string. */
extern char *WebhookFill(const char *text, const char *(*value) (const char *name, void *arg),
						 void *arg);

/* Raise an error unless role may post to the server now. */
extern void WebhookCheck(Oid role, const char *server);

/*
 * The request that posts body to path of a server, with the privileges and the user mapping of
 * role. Raises an error when it may not, and for authentication that needs a request of its own.
 */
extern Webhook *WebhookCreate(Oid role, const char *server, const char *path, char *body,
							  List *headers);

/* NULL when the receiver has accepted it, else why not, without secrets. */
extern char *WebhookProblem(const Webhook *webhook, FetchedPage *page);

#endif
