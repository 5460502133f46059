/*
 * file_options.c
 *	  The options of elt_file and their validator.
 */
#include "base/compat.h"
#include "source/options.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "miscadmin.h"
#include "source/column_options.h"
#include "source/file/file_policy_options.h"
#include "source/file/file_source.h"
#include "source/option_checks.h"
#include "source/page_format.h"
#include "transport/beneath.h"
#include "transport/file_stream.h"
#include "transport/zip_archive.h"
#include "utils/acl.h"

PG_FUNCTION_INFO_V1(elt_file_validator);

static bool
CheckRoot(const char *value, const char **detail)
{
	*detail = "The path must be absolute.";
	return value[0] == '/';
}

static bool
CheckGlob(const char *value, const char **detail)
{
	*detail = "The pattern must stay within the server's root directory.";
	return value[0] != '\0' && IsNameBeneath(value);
}

static bool
CheckCompression(const char *value, const char **detail)
{
	Compression compression;

	return CompressionFromName(value, &compression) || strcmp(value, ZIP_NAME) == 0;
}

static bool
CheckGiven(const char *value, const char **detail)
{
	return value[0] != '\0';
}

static bool
IsPartition(const char *value)
{
	const char *key = PartitionOfLineage(value);

	return key != NULL && key[0] != '\0' && strpbrk(key, "/=") == NULL;
}

static bool
CheckLineage(const char *value, const char **detail)
{
	return IsPartition(value) || CheckEventLineage(value) ||
		strcmp(value, "file") == 0 || strcmp(value, "modified") == 0 ||
		strcmp(value, "size") == 0 || strcmp(value, "member") == 0 ||
		strcmp(value, "line") == 0 || strcmp(value, "key") == 0 || strcmp(value, "index") == 0;
}

static const SourceOption file_options[] = {
	{"root", ForeignServerRelationId, CheckRoot,
	"Specify the directory that contains the files, such as '/srv/data'."},
	{"max_file_bytes", ForeignServerRelationId, CheckBytesOption,
	"Specify a number with a unit, such as '500MB' or '20GB'."},

	{"glob", ForeignTableRelationId, CheckGlob,
	"Specify relative names, such as 'sales.csv', '2024/*.csv.gz' or '**/*.jsonl'."},
	{"compression", ForeignTableRelationId, CheckCompression,
	"Valid values are 'none', 'gzip', 'zstd', 'bzip2', 'xz', 'lz4', 'zip' and 'auto'."},
	{"members", ForeignTableRelationId, CheckGiven,
	"Specify a pattern of names in archives, such as '*.csv' or '2024/*.csv'."},
	{"sheet", ForeignTableRelationId, CheckGiven,
	"Specify the name of a sheet, or its number from 1."},
	PAGE_FORMAT_OPTIONS,
	FILE_POLICY_OPTIONS,

	{"path", AttributeRelationId, NULL, NULL},
	COLUMN_OPTIONS,
	{"lineage", AttributeRelationId, CheckLineage,
	"Valid values are 'file', 'modified', 'size', 'member', 'line', 'key', 'index', and 'partition dt' for "
	"directories such as \"dt=2024-01-01\"; with option envelope also " EVENT_LINEAGES "."},
};

static const OptionSet file_option_set = {
	"elt_file", file_options, lengthof(file_options)
};

static void
CheckMayReadFiles(void)
{
	if (has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to set option \"root\""),
			 errdetail("The option allows every user of the server to read the files of a "
					   "directory."),
			 errhint("Only members of role \"pg_read_server_files\" may own a server with this "
					 "option.")));
}

static void
CheckTable(List *options)
{
	OptionRequire(options, "glob", "*.csv");
	FilePolicyCheckOptions(options);
	PageFormatCheck(options, PAGE_CSV);
}

static void
CheckColumn(List *options)
{
	ColumnOptionsCheck(options);
	ColumnOptionExcludesReading(options, "lineage", "A lineage column is not read from the "
								"contents of the file.");
}

/* The options of an object of this catalogue. */
static void
FileOptionsCheck(List *options, Oid catalog)
{
	OptionNamesCheck(&file_option_set, options, catalog);
	if (catalog == ForeignServerRelationId)
	{
		OptionRequire(options, "root", "/srv/data");
		CheckMayReadFiles();
	}
	if (catalog == ForeignTableRelationId)
		CheckTable(options);
	if (catalog == AttributeRelationId)
		CheckColumn(options);
}

Datum
elt_file_validator(PG_FUNCTION_ARGS)
{
	return OptionsValidate(fcinfo, FileOptionsCheck);
}
