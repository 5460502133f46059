/*
 * request_body.h
 *	  The body of a request, as JSON, as a form or in parts.
 *
 * A form is kept as name=value pairs, percent-encoded, and multipart/form-data is made of those
 * pairs at the end.
 */
#ifndef ELT_SOURCE_HTTP_REQUEST_BODY_H
#define ELT_SOURCE_HTTP_REQUEST_BODY_H

#include "postgres.h"
#include "decode/path.h"
#include "source/http/template.h"
#include "transport/transport.h"

typedef enum BodyFormat
{
	BODY_JSON,
	BODY_FORM,
	BODY_MULTIPART
} BodyFormat;

/* False: there is no format of this name. */
extern bool BodyFormatRead(const char *name, BodyFormat *format);

/* Is text a template of this format? If not, *detail may say why. */
extern bool BodyIsValid(BodyFormat format, const char *text, const char **detail);

/* Names of its placeholders (char *), each once. */
extern List *BodyPlaceholders(BodyFormat format, const char *text);

/* *unfit: the name of a placeholder whose value does not fit where it stands; else untouched. */
extern char *RequestBodyExpand(BodyFormat format, const char *text, TemplateValue value,
							   void *arg, const char **unfit);

/*
 * body, which may be NULL, with a value at a place: the member that path leads to, or the field of
 * its name. NULL: the body holds something on the way that is no object.
 */
extern char *RequestBodySet(BodyFormat format, const char *body, const Path *path,
							const char *value, bool is_number);

/* Has a form a field of this name, as the form writes it? */
extern bool FormHasField(const char *form, const char *name);

/*
 * The body as it is sent, with its Content-Type, unless the request has one. files: FilePart * of a
 * multipart body.
 */
extern void RequestBodyFinish(BodyFormat format, List *files, TransportRequest *request);

extern bool RequestHasHeader(List *headers, const char *name);

#endif
