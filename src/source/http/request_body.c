/*
 * request_body.c
 *	  The body of a request, as JSON, as a form or in parts.
 */
#include "base/compat.h"
#include "source/http/request_body.h"

#include "common/hashfn.h"
#include "source/http/body_place.h"
#include "source/http/body_template.h"
#include "source/http/file_part.h"
#include "transport/url.h"

static const char *const format_names[] = {
	[BODY_JSON] = "json",
	[BODY_FORM] = "form",
	[BODY_MULTIPART] = "multipart",
};

bool
BodyFormatRead(const char *name, BodyFormat *format)
{
	for (int i = 0; i < lengthof(format_names); i++)
		if (strcmp(format_names[i], name) == 0)
		{
			*format = i;
			return true;
		}
	return false;
}

/* ---- templates ---- */

static bool
IsForm(const char *text, const char **detail)
{
	for (const char *p = text; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f)
		{
			*detail = "A form consists of name=value pairs, separated by &; other characters than "
				"visible ASCII must be percent-encoded.";
			return false;
		}
	(void) TemplateNames(text, detail);
	return *detail == NULL;
}

bool
BodyIsValid(BodyFormat format, const char *text, const char **detail)
{
	if (format != BODY_JSON)
		return IsForm(text, detail);
	*detail = "The value must be a JSON object.";
	return BodyIsObject(text);
}

List *
BodyPlaceholders(BodyFormat format, const char *text)
{
	const char *problem;

	return format == BODY_JSON ? BodyNames(text) : TemplateNames(text, &problem);
}

char *
RequestBodyExpand(BodyFormat format, const char *text, TemplateValue value, void *arg,
				  const char **unfit)
{
	StringInfoData form;

	if (format == BODY_JSON)
		return BodyExpand(text, value, arg, unfit);
	initStringInfo(&form);
	TemplateExpand(&form, text, value, arg);
	return form.data;
}

/* ---- setting values ---- */

/* Where the field of that name begins in form, or NULL. */
static const char *
FindField(const char *form, const char *name)
{
	size_t		len = strlen(name);

	while (*form != '\0')
	{
		if (strncmp(form, name, len) == 0 && strchr("=&", form[len]) != NULL)
			return form;
		form += strcspn(form, "&");
		form += *form == '&';
	}
	return NULL;
}

bool
FormHasField(const char *form, const char *name)
{
	return FindField(form, name) != NULL;
}

static char *
FormSet(const char *form, const char *name, const char *value)
{
	const char *found = FindField(form, name);
	StringInfoData out;

	initStringInfo(&out);
	appendBinaryStringInfo(&out, form, found ? found - form : strlen(form));
	if (found == NULL && out.len > 0)
		appendStringInfoChar(&out, '&');
	appendStringInfo(&out, "%s=", name);
	UrlEncode(&out, value);
	if (found != NULL)
		appendStringInfoString(&out, found + strcspn(found, "&"));
	return out.data;
}

char *
RequestBodySet(BodyFormat format, const char *body, const Path *path, const char *value,
			   bool is_number)
{
	if (format == BODY_JSON)
		return BodyPlaceSet(body ? body : "{}", path, value, is_number);
	return FormSet(body ? body : "", path->steps[0].name, value);
}

/* ---- what is sent ---- */

/* Without percent-encoding; in a name, what would end it stays encoded. */
static void
AppendDecoded(StringInfo out, const char *text, size_t len, bool is_name)
{
	for (size_t i = 0; i < len; i++)
	{
		int			byte = UrlEncodedByte(text + i, len - i);
		char		c = byte < 0 ? text[i] : (char) byte;

		if (byte >= 0)
			i += 2;
		else if (c == '+')
			c = ' ';
		if (is_name && (c == '"' || c == '\r' || c == '\n'))
			appendStringInfo(out, "%%%02X", c);
		else
			appendStringInfoChar(out, c);
	}
}

static void
AppendFile(StringInfo out, const FilePart *file)
{
	if (file != NULL)
		appendStringInfo(out, "; filename=\"%s\"\r\nContent-Type: %s", file->file, file->type);
}

static void
AppendParts(StringInfo out, const char *form, List *files, const char *boundary)
{
	while (*form != '\0')
	{
		size_t		len = strcspn(form, "&");
		size_t		name = Min(strcspn(form, "="), len);

		appendStringInfo(out, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
		AppendDecoded(out, form, name, true);
		appendStringInfoChar(out, '"');
		AppendFile(out, FilePartOf(files, form, name));
		appendStringInfoString(out, "\r\n\r\n");
		if (name < len)
			AppendDecoded(out, form + name + 1, len - name - 1, false);
		appendStringInfoString(out, "\r\n");
		form += len + (form[len] == '&');
	}
	appendStringInfo(out, "--%s--\r\n", boundary);
}

/* A text that no value holds. */
static char *
BoundaryFor(const char *form)
{
	StringInfoData values;

	initStringInfo(&values);
	AppendDecoded(&values, form, strlen(form), false);
	for (uint64 seed = 0;; seed++)
	{
		char	   *boundary = psprintf("elt-" UINT64_FORMAT,
										hash_bytes_extended((const unsigned char *) form,
															strlen(form), seed));

		if (strstr(values.data, boundary) == NULL)
			return boundary;
	}
}

static char *
Multipart(const char *form, List *files, char **type)
{
	StringInfoData out;
	char	   *boundary = BoundaryFor(form);

	initStringInfo(&out);
	AppendParts(&out, form, files, boundary);
	*type = psprintf("multipart/form-data; boundary=%s", boundary);
	return out.data;
}

bool
RequestHasHeader(List *headers, const char *name)
{
	size_t		length = strlen(name);
	ListCell   *lc;

	foreach(lc, headers)
		if (pg_strncasecmp(lfirst(lc), name, length) == 0 &&
			((char *) lfirst(lc))[length] == ':')
			return true;
	return false;
}

void
RequestBodyFinish(BodyFormat format, List *files, TransportRequest *request)
{
	char	   *type = "application/json";

	if (request->body == NULL)
		return;
	if (format == BODY_FORM)
		type = "application/x-www-form-urlencoded";
	if (format == BODY_MULTIPART)
		request->body = Multipart(request->body, files, &type);
	if (!RequestHasHeader(request->headers, "Content-Type"))
		request->headers = lappend(request->headers, psprintf("Content-Type: %s", type));
}
