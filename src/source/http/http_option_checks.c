/*
 * http_option_checks.c
 *	  One check per kind of option value that only elt_http has.
 */
#include "base/compat.h"
#include "source/http/http_option_checks.h"

#include "decode/path.h"
#include "mb/pg_wchar.h"
#include "source/envelope_options.h"
#include "source/http/file_part.h"
#include "source/http/page_place.h"
#include "source/http/quota.h"
#include "source/http/request_body.h"
#include "source/http/rules.h"
#include "source/http/template.h"
#include "source/values.h"
#include "transport/url.h"
#include "utils/builtins.h"

bool
CheckUrl(const char *value, const char **detail)
{
	UrlCheck("option \"url\"", value);
	if (strpbrk(value, "?#") == NULL)
		return true;
	*detail = "Specify the query in option \"query\" of each foreign table.";
	return false;
}

bool
CheckRateOption(const char *value, const char **detail)
{
	double		per_second;
	int			burst;

	return ParseRate(value, &per_second, &burst);
}

bool
CheckQuota(const char *value, const char **detail)
{
	Quota		quota = {0};

	return QuotaParse(value, &quota);
}

bool
CheckConcurrency(const char *value, const char **detail)
{
	int			count;

	return ParseCount(value, 1, 1000, &count);
}

bool
CheckAttempts(const char *value, const char **detail)
{
	int			count;

	return ParseCount(value, 1, 100, &count);
}

/* A line break would let a value add headers of its own. */
bool
CheckHeaderText(const char *value, const char **detail)
{
	for (const unsigned char *p = (const unsigned char *) value; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f)
		{
			*detail = "A header must not contain line breaks or other control characters.";
			return false;
		}
	return true;
}

static bool
IsSecretHeader(const char *name)
{
	return pg_strcasecmp(name, "authorization") == 0 ||
		pg_strcasecmp(name, "proxy-authorization") == 0 ||
		pg_strcasecmp(name, "cookie") == 0;
}

/* What a request is and how its answer is packed: a fixed value would make both unreadable. */
static bool
IsFraming(const char *name)
{
	static const char *const framing[] = {
		"content-length", "transfer-encoding", "accept-encoding", "expect", "upgrade",
	};

	for (int i = 0; i < lengthof(framing); i++)
		if (pg_strcasecmp(name, framing[i]) == 0)
			return true;
	return false;
}

static bool
CheckHeaderLine(char *line, const char **detail)
{
	char	   *name;
	size_t		length = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
								"0123456789!#$%&'*+-.^_`|~");

	if (length == 0 || line[length] != ':')
		return false;
	if (!CheckHeaderText(line, detail))
		return false;
	name = pnstrdup(line, length);
	if (IsFraming(name))
	{
		*detail = psprintf("Header \"%s\" is set automatically.", name);
		return false;
	}
	if (IsSecretHeader(name))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"headers\" must not contain a secret"),
				 errdetail("Options of servers and foreign tables are visible to all users.")));
	return true;
}

bool
CheckHeaders(const char *value, const char **detail)
{
	char	   *rest = pstrdup(value);
	char	   *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0' && !CheckHeaderLine(line, detail))
			return false;
	return true;
}

/* What may stand in a URL beside placeholders: visible ASCII without a fragment. */
static bool
CheckUrlTemplate(const char *value, const char *refused, const char **detail)
{
	for (const char *p = value; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr(refused, *p) != NULL)
		{
			*detail = psprintf("The character \"%.*s\" must be percent-encoded.",
							   pg_mblen(p), p);
			return false;
		}
	(void) TemplateNames(value, detail);
	return *detail == NULL;
}

bool
CheckPathTemplate(const char *value, const char **detail)
{
	if (value[0] != '\0' && value[0] != '/')
	{
		*detail = "A path must start with a slash.";
		return false;
	}
	return CheckUrlTemplate(value, "?#\"<>\\^`|", detail);
}

bool
CheckQueryTemplate(const char *value, const char **detail)
{
	if (value[0] == '?' || value[0] == '&')
	{
		*detail = "The question mark is added automatically.";
		return false;
	}
	return CheckUrlTemplate(value, "#\"<>\\^`", detail);
}

bool
CheckBodyFormat(const char *value, const char **detail)
{
	BodyFormat	format;

	return BodyFormatRead(value, &format);
}

bool
CheckFileParts(const char *value, const char **detail)
{
	return FilePartsRead(value, detail) != NIL;
}

bool
CheckHeaderTemplates(const char *value, const char **detail)
{
	if (!CheckHeaders(value, detail))
		return false;
	(void) TemplateNames(value, detail);
	return *detail == NULL;
}

bool
CheckProxy(const char *value, const char **detail)
{
	UrlCheck("option \"proxy\"", value);
	return UrlIsOrigin(value);
}

bool
CheckOrigin(const char *value, const char **detail)
{
	UrlCheck("option \"download_origin\"", value);
	return UrlIsOrigin(value);
}

bool
CheckPageParam(const char *value, const char **detail)
{
	return value[0] != '\0' && strpbrk(value, "=&?# {}") == NULL;
}

bool
CheckPagePlace(const char *value, const char **detail)
{
	const char *header = PagePlaceHeader(value);

	if (header != NULL)
		return header[0] != '\0' && strpbrk(header, " :") == NULL;
	return CheckJsonPath(value, detail);
}

bool
CheckMethod(const char *value, const char **detail)
{
	return strcmp(value, "GET") == 0 || strcmp(value, "POST") == 0;
}

bool
CheckHttpLineage(const char *value, const char **detail)
{
	return strcmp(value, "records") == 0 || strcmp(value, "arrival") == 0 ||
		strcmp(value, "key") == 0 || strcmp(value, "index") == 0 || CheckEventLineage(value);
}

bool
CheckRules(const char *value, const char **detail)
{
	return RulesParse(NIL, value, ANSWER_FAIL, detail) != NIL;
}

bool
CheckParamName(const char *value, const char **detail)
{
	List	   *names = TemplateNames(psprintf("{%s}", value), detail);

	return list_length(names) == 1 && strlen(linitial(names)) == strlen(value);
}
