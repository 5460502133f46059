/*
 * http_option_checks.h
 *	  One check per kind of option value that only elt_http has; see option_checks.h.
 */
#ifndef ELT_SOURCE_HTTP_HTTP_OPTION_CHECKS_H
#define ELT_SOURCE_HTTP_HTTP_OPTION_CHECKS_H

#include "source/option_checks.h"

#define RULES_HINT \
	"Specify a status and optional conditions, such as '404', '404 text/plain', '404 \"no content\"', " \
	"'403 x-ratelimit-remaining=0', '200 $.error'. Separate several rules by semicolons."
#define PAGE_PLACE_HINT \
	"Specify a path such as '$.meta.next', or 'header X-Total' for a response header."

extern bool CheckUrl(const char *value, const char **detail);
extern bool CheckRateOption(const char *value, const char **detail);
extern bool CheckQuota(const char *value, const char **detail);
extern bool CheckConcurrency(const char *value, const char **detail);
extern bool CheckAttempts(const char *value, const char **detail);
extern bool CheckHeaderText(const char *value, const char **detail);
extern bool CheckHeaders(const char *value, const char **detail);
extern bool CheckPathTemplate(const char *value, const char **detail);
extern bool CheckQueryTemplate(const char *value, const char **detail);
extern bool CheckBodyFormat(const char *value, const char **detail);
extern bool CheckFileParts(const char *value, const char **detail);
extern bool CheckHeaderTemplates(const char *value, const char **detail);
extern bool CheckProxy(const char *value, const char **detail);
extern bool CheckOrigin(const char *value, const char **detail);
extern bool CheckMethod(const char *value, const char **detail);
extern bool CheckPageParam(const char *value, const char **detail);
extern bool CheckPagePlace(const char *value, const char **detail);
extern bool CheckHttpLineage(const char *value, const char **detail);
extern bool CheckRules(const char *value, const char **detail);
extern bool CheckParamName(const char *value, const char **detail);

#endif
