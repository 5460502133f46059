/*
 * page_token.c
 *	  Save page tokens in the catalog between two runs.
 */
#include "base/compat.h"
#include "source/http/page_token.h"

#include "common/jsonapi.h"
#include "decode/json_string.h"
#include "lib/stringinfo.h"
#include "utils/json.h"

char *
PageTokenKept(const PageToken *token, bool in_body)
{
	StringInfoData quoted;

	if (!in_body || token->is_number ||
		(*token->text != '"' && !IsValidJsonNumber(token->text, strlen(token->text))))
		return token->text;
	initStringInfo(&quoted);
	escape_json(&quoted, token->text);
	return quoted.data;
}

PageToken
PageTokenRead(const char *kept, bool in_body)
{
	size_t		length = strlen(kept);
	PageToken	token = {pstrdup(kept), false};

	if (!in_body)
		return token;
	if (length >= 2 && kept[0] == '"' && kept[length - 1] == '"' &&
		JsonUnescape(kept + 1, length - 2, token.text, &length))
		token.text[length] = '\0';
	else
		token.is_number = IsValidJsonNumber(kept, length);
	return token;
}
