/*
 * http_options.c
 *	  The options of elt_http and their validator.
 */
#include "base/compat.h"
#include "source/options.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "source/column_options.h"
#include "source/cursor.h"
#include "source/http/auth_options.h"
#include "source/http/export.h"
#include "source/http/file_part.h"
#include "source/http/http_checks.h"
#include "source/http/http_option_checks.h"
#include "source/http/paging.h"
#include "source/http/request_body.h"
#include "source/option_read.h"
#include "source/page_format.h"
#include "source/window_options.h"

PG_FUNCTION_INFO_V1(elt_http_validator);

static const SourceOption source_options[] = {
	{"url", ForeignServerRelationId, CheckUrl,
	"Specify the base URL of all paths, such as 'https://api.example.com/v1'."},
	{"rate_limit", ForeignServerRelationId, CheckRateOption,
	"Specify a rate such as '2/s', '90/min', '500/h' or '1000/d'."},
	{"quota", ForeignServerRelationId, CheckQuota,
	"Specify requests per calendar period, such as '100/h', '1000/d' or '50000/month'."},
	{"quota_time_zone", ForeignServerRelationId, CheckTimeZone, TIME_ZONE_HINT},
	{"concurrency", ForeignServerRelationId, CheckConcurrency,
	"Specify the number of concurrent requests, from 1 to 1000."},
	{"connect_timeout", ForeignServerRelationId, CheckDurationOption, DURATION_HINT},
	{"timeout", ForeignServerRelationId, CheckDurationOption, DURATION_HINT},
	{"stall_timeout", ForeignServerRelationId, CheckDurationOption, DURATION_HINT},
	{"max_attempts", ForeignServerRelationId, CheckAttempts,
	"Specify the total number of attempts per request, from 1 to 100."},
	{"max_response_bytes", ForeignServerRelationId, CheckBytesOption,
	"Specify a number with a unit, such as '500kB', '64MB' or '2GB'."},
	{"allow_private", ForeignServerRelationId, CheckBoolean, BOOLEAN_HINT},
	{"conditional", ForeignServerRelationId, CheckBoolean, BOOLEAN_HINT},
	{"user_agent", ForeignServerRelationId, CheckHeaderText, NULL},
	{"headers", ForeignServerRelationId, CheckHeaders,
	"Specify 'Name: value', one per line."},
	{"ca", ForeignServerRelationId, CheckPem, PEM_HINT},
	{"proxy", ForeignServerRelationId, CheckProxy,
	"Specify a URL such as 'http://proxy.example.com:3128'."},
	{"download_origin", ForeignServerRelationId, CheckOrigin,
	"Specify scheme, host and port, such as 'https://files.example.com'."},

	{"auth", UserMappingRelationId, CheckAuthKind,
		"Valid values are 'basic', 'bearer', 'header', 'query', 'body', 'path', 'oauth2', "
	"'aws_sigv4' and 'none'."},
	{"user", UserMappingRelationId, CheckUserName, NULL},
	{"password", UserMappingRelationId, CheckSecretText, NULL},
	{"token", UserMappingRelationId, CheckSecretText, NULL},
	{"header", UserMappingRelationId, CheckHeaderName, "Specify a name such as 'X-API-Key'."},
	{"value", UserMappingRelationId, CheckSecretText, NULL},
	{"param", UserMappingRelationId, CheckQueryName, NULL},
	{"body", UserMappingRelationId, CheckCredentialsBody,
	"Specify a JSON object such as '{\"client_id\": \"...\", \"secret\": \"...\"}'."},
	{"grant", UserMappingRelationId, CheckGrant,
	"Valid values are 'client_credentials' and 'refresh_token'."},
	{"token_url", UserMappingRelationId, CheckTokenUrl, NULL},
	{"client_id", UserMappingRelationId, CheckSecretText, NULL},
	{"client_secret", UserMappingRelationId, CheckSecretText, NULL},
	{"refresh_token", UserMappingRelationId, CheckSecretText, NULL},
	{"rotates", UserMappingRelationId, CheckBoolean, BOOLEAN_HINT},
	{"scope", UserMappingRelationId, CheckSecretText, NULL},
	{"audience", UserMappingRelationId, CheckSecretText, NULL},
	{"client_auth", UserMappingRelationId, CheckClientAuth, "Valid values are 'basic' and 'body'."},
	{"access_key", UserMappingRelationId, CheckSecretText, NULL},
	{"secret_key", UserMappingRelationId, CheckSecretText, NULL},
	{"session_token", UserMappingRelationId, CheckSecretText, NULL},
	{"region", UserMappingRelationId, CheckAwsName, "Specify a name such as 'eu-central-1'."},
	{"service", UserMappingRelationId, CheckAwsName, "Specify a name such as 'execute-api'."},
	{"proxy_user", UserMappingRelationId, CheckUserName, NULL},
	{"proxy_password", UserMappingRelationId, CheckSecretText, NULL},
	{"client_cert", UserMappingRelationId, CheckPem, PEM_HINT},
	{"client_key", UserMappingRelationId, CheckPem, PEM_HINT},

	{"path", ForeignTableRelationId, CheckPathTemplate,
	"Specify the path relative to the server's URL, such as '/v1/orders/{region}'."},
	{"query", ForeignTableRelationId, CheckQueryTemplate,
	"Omit the question mark, as in 'country={country}&start={window_start}'."},
	{"headers", ForeignTableRelationId, CheckHeaderTemplates,
	"Specify 'Name: value', one per line, such as 'X-Account: {account}'."},
	{"body", ForeignTableRelationId, NULL, NULL},
	{"body_format", ForeignTableRelationId, CheckBodyFormat,
	"Valid values are 'json', 'form' and 'multipart'."},
	{"file_parts", ForeignTableRelationId, CheckFileParts, "Specify for example 'data values.csv text/csv'."},
	{"method", ForeignTableRelationId, CheckMethod, "Valid values are 'GET' and 'POST'."},
	PAGE_FORMAT_OPTIONS,
	EXPORT_OPTIONS,
	{"paginate", ForeignTableRelationId, NULL, NULL},
	{"page_param", ForeignTableRelationId, CheckPageParam, NULL},
	{"start_page", ForeignTableRelationId, NULL, NULL},
	{"offset_param", ForeignTableRelationId, CheckPageParam, NULL},
	{"limit_param", ForeignTableRelationId, CheckPageParam, NULL},
	{"page_size", ForeignTableRelationId, NULL, NULL},
	{"cursor_param", ForeignTableRelationId, CheckPageParam, NULL},
	{"cursor_path", ForeignTableRelationId, CheckPagePlace, PAGE_PLACE_HINT},
	{"next_path", ForeignTableRelationId, CheckPagePlace, PAGE_PLACE_HINT},
	{"resume_path", ForeignTableRelationId, CheckPagePlace, PAGE_PLACE_HINT},
	{"has_more_path", ForeignTableRelationId, CheckPagePlace, PAGE_PLACE_HINT},
	{"total_path", ForeignTableRelationId, CheckPagePlace, PAGE_PLACE_HINT},
	{"pages_path", ForeignTableRelationId, CheckPagePlace, PAGE_PLACE_HINT},
	{"record_id_path", ForeignTableRelationId, CheckJsonPath, JSON_PATH_HINT},
	{"stop_on", ForeignTableRelationId, NULL, NULL},
	{"max_pages", ForeignTableRelationId, NULL, NULL},
	{"paging_in", ForeignTableRelationId, NULL, NULL},
	WINDOW_OPTIONS,
	CURSOR_OPTIONS,
	{"success_on", ForeignTableRelationId, CheckRules, RULES_HINT},
	{"not_yet_on", ForeignTableRelationId, CheckRules, RULES_HINT},
	{"empty_on", ForeignTableRelationId, CheckRules, RULES_HINT},
	{"retry_on", ForeignTableRelationId, CheckRules, RULES_HINT},
	{"rate_limited_on", ForeignTableRelationId, CheckRules, RULES_HINT},
	{"restart_on", ForeignTableRelationId, CheckRules, RULES_HINT},
	{"refresh_token_on", ForeignTableRelationId, CheckRules, RULES_HINT},
	{"fail_on", ForeignTableRelationId, CheckRules, RULES_HINT},

	{"path", AttributeRelationId, CheckJsonPath, JSON_PATH_HINT},
	COLUMN_OPTIONS,
	{"param", AttributeRelationId, CheckParamName,
	"Specify the name of a placeholder in the path, query or body of the foreign table."},
	{"lineage", AttributeRelationId, CheckHttpLineage,
	"Valid values are 'records', 'arrival', 'key', 'index', and with option envelope " EVENT_LINEAGES "."},
};

static const OptionSet http_option_set = {
	"elt_http", source_options, lengthof(source_options)
};

static void
CheckPrivateOptions(List *options)
{
	if (OptionBoolean(options, "allow_private", false))
		OptionCheckReach("allow_private", ALLOW_PRIVATE_DETAIL);
	if (OptionValue(options, "proxy") != NULL)
		OptionCheckReach("proxy", PROXY_DETAIL);
}

static void
CheckServer(List *options)
{
	OptionRequire(options, "url", "https://api.example.com");
	CheckPrivateOptions(options);
}

static void
CheckBody(List *options)
{
	char	   *method = OptionValue(options, "method");
	char	   *body = OptionValue(options, "body");
	char	   *name = OptionValue(options, "body_format");
	BodyFormat	format = BODY_JSON;
	const char *detail = NULL;

	if ((body != NULL || name != NULL) && (method == NULL || strcmp(method, "POST") != 0))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("option \"%s\" requires method 'POST'", body ? "body" : "body_format")));
	if (name != NULL)
		(void) BodyFormatRead(name, &format);
	if (body != NULL && !BodyIsValid(format, body, &detail))
		OptionError("body", body, detail, format == BODY_JSON ?
					"Specify a JSON object such as '{\"from\": \"{window_start}\"}'." :
					"Specify a form such as 'from={window_start}&account={account}'.");
}

static void
CheckFiles(List *options)
{
	char	   *text = OptionValue(options, "file_parts");
	char	   *body = OptionValue(options, "body");
	char	   *format = OptionValue(options, "body_format");
	const char *detail = NULL;
	ListCell   *lc;

	if (text == NULL)
		return;
	if (format == NULL || strcmp(format, "multipart") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("option \"file_parts\" requires body_format 'multipart'")));
	foreach(lc, FilePartsRead(text, &detail))
	{
		const FilePart *part = lfirst(lc);

		if (body == NULL || !FormHasField(body, part->field))
			OptionError("file_parts", text,
						psprintf("Option \"body\" has no field \"%s\".", part->field),
						psprintf("Add it, for example as '%s={param}'.", part->field));
	}
}

static void
CheckTable(List *options)
{
	WindowOptionsCheck(options);
	CursorOptionsCheck(options);
	OptionsExclude(options, "window", "resume_path", ONE_EXTENT);
	OptionsExclude(options, "cursor_column", "resume_path", ONE_EXTENT);
	CheckBody(options);
	CheckFiles(options);
	PageFormatCheck(options, PAGE_JSON);
	(void) ExportRead(options);
	(void) PagingRead(options, OptionValue(options, "records"));
}

static void
CheckColumn(List *options)
{
	ColumnOptionsCheck(options);
	OptionsExclude(options, "param", "lineage", NULL);
	ColumnOptionExcludesReading(options, "param", "The value of a param column is taken from the "
								"request, not from the response.");
	ColumnOptionExcludesReading(options, "lineage", "A lineage column is not read from the "
								"contents of the record.");
}

/* The options of an object of this catalogue. */
static void
HttpOptionsCheck(List *options, Oid catalog)
{
	OptionNamesCheck(&http_option_set, options, catalog);
	if (catalog == ForeignServerRelationId)
		CheckServer(options);
	if (catalog == UserMappingRelationId)
		AuthOptionsCheck(options);
	if (catalog == ForeignTableRelationId)
		CheckTable(options);
	if (catalog == AttributeRelationId)
		CheckColumn(options);
}

Datum
elt_http_validator(PG_FUNCTION_ARGS)
{
	return OptionsValidate(fcinfo, HttpOptionsCheck);
}
