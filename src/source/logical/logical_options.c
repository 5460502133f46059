/*
 * logical_options.c
 *	  The options of elt_postgres and their validator.
 */
#include "base/compat.h"
#include "source/options.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "source/logical/logical_source.h"
#include "source/option_checks.h"
#include "source/option_read.h"
#include "utils/acl.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(elt_postgres_validator);

#define SLOT_NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_"

const char *const LibpqServerOptions[] = {
	"host", "port", "dbname", "sslmode", "sslrootcert", "sslcrl", "sslsni", "ssl_min_protocol_version",
	"channel_binding", "gssencmode", "target_session_attrs", "keepalives", "keepalives_idle",
	"keepalives_interval", "keepalives_count", "tcp_user_timeout", NULL
};

static bool
CheckGiven(const char *value, const char **detail)
{
	return value[0] != '\0';
}

static bool
CheckSlot(const char *value, const char **detail)
{
	size_t		len = strlen(value);

	return len > 0 && len < NAMEDATALEN && strspn(value, SLOT_NAME_CHARS) == len;
}

static bool
CheckSnapshot(const char *value, const char **detail)
{
	return strcmp(value, "initial") == 0 || strcmp(value, "never") == 0;
}

static bool
CheckMethod(const char *value, const char **detail)
{
	return strcmp(value, "replication") == 0 || strcmp(value, "sql") == 0;
}

static bool
CheckConnections(const char *value, const char **detail)
{
	size_t		len = strlen(value);
	int			count = len == 0 || len > 2 || strspn(value, "0123456789") != len ? 0 :
		pg_strtoint32(value);

	return count >= 1 && count <= MAX_LOAD_CONNECTIONS;
}

static bool
CheckLineage(const char *value, const char **detail)
{
	return IsChangeRole(value);
}

static const SourceOption logical_options[] = {
	{"host", ForeignServerRelationId, CheckGiven, "Specify a name such as 'db.example.com', or an address."},
	{"port", ForeignServerRelationId, NULL, NULL},
	{"dbname", ForeignServerRelationId, CheckGiven, "Specify the database that is replicated."},
	{"sslmode", ForeignServerRelationId, NULL, NULL},
	{"sslrootcert", ForeignServerRelationId, NULL, NULL},
	{"sslcrl", ForeignServerRelationId, NULL, NULL},
	{"sslsni", ForeignServerRelationId, NULL, NULL},
	{"ssl_min_protocol_version", ForeignServerRelationId, NULL, NULL},
	{"channel_binding", ForeignServerRelationId, NULL, NULL},
	{"gssencmode", ForeignServerRelationId, NULL, NULL},
	{"target_session_attrs", ForeignServerRelationId, NULL, NULL},
	{"keepalives", ForeignServerRelationId, NULL, NULL},
	{"keepalives_idle", ForeignServerRelationId, NULL, NULL},
	{"keepalives_interval", ForeignServerRelationId, NULL, NULL},
	{"keepalives_count", ForeignServerRelationId, NULL, NULL},
	{"tcp_user_timeout", ForeignServerRelationId, NULL, NULL},
	{"connect_timeout", ForeignServerRelationId, CheckDurationOption, DURATION_HINT},
	{"allow_private", ForeignServerRelationId, CheckBoolean, BOOLEAN_HINT},
	{"method", ForeignServerRelationId, CheckMethod, "Valid values are 'replication' and 'sql'."},
	{"load_connections", ForeignServerRelationId, CheckConnections,
	"Specify how many connections read a table, from 1 to 16."},
	{"max_lag", ForeignServerRelationId, CheckBytesOption,
	"Specify a number with a unit, such as '500MB' or '20GB'."},

	{"user", UserMappingRelationId, CheckGiven, "Specify the role that replicates."},
	{"password", UserMappingRelationId, NULL, NULL},
	{"password_required", UserMappingRelationId, CheckBoolean, BOOLEAN_HINT},

	{"relation", ForeignTableRelationId, CheckRelation,
	"Specify the table, such as 'orders' or 'sales.orders'."},
	{"publication", ForeignTableRelationId, CheckGiven,
	"Specify the name of a publication of the server that has the table."},
	{"slot", ForeignTableRelationId, CheckSlot,
	"A slot's name consists of lower-case letters, digits and underscores."},
	{"on_truncate", ForeignTableRelationId, CheckOnTruncate, ON_TRUNCATE_HINT},
	{"snapshot", ForeignTableRelationId, CheckSnapshot, "Valid values are 'initial' and 'never'."},

	{"column_name", AttributeRelationId, CheckGiven, "Specify the name of a column of the table."},
	{"optional", AttributeRelationId, CheckBoolean, BOOLEAN_HINT},
	{"lineage", AttributeRelationId, CheckLineage,
	"Valid values are 'op', 'lsn', 'position', 'committed_at' and 'xid'."},
};

static const OptionSet logical_option_set = {
	"elt_postgres", logical_options, lengthof(logical_options)
};

static void
CheckMayReadFile(List *options, const char *name)
{
	char	   *value = OptionValue(options, name);

	if (value == NULL || strcmp(value, "system") == 0 ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to set option \"%s\"", name),
			 errdetail("The option names a file of the server."),
			 errhint("Only members of role \"pg_read_server_files\" may set it.")));
}

static void
CheckServer(List *options)
{
	OptionRequire(options, "host", "db.example.com");
	OptionRequire(options, "dbname", "shop");
	if (OptionBoolean(options, "allow_private", false))
		OptionCheckReach("allow_private", REACH_DETAIL);
	CheckMayReadFile(options, "sslrootcert");
	CheckMayReadFile(options, "sslcrl");
}

/* Who may log in without a password would do so as the operating system's user of this server. */
static void
CheckMapping(List *options)
{
	OptionRequire(options, "user", "replicator");
	if (OptionBoolean(options, "password_required", true) || superuser())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to set option \"password_required\" to false"),
			 errhint("Only a superuser may let a role connect without a password.")));
}

static void
CheckTable(List *options)
{
	OptionRequire(options, "relation", "public.orders");
	OptionRequire(options, "publication", "elt");
	OptionRequire(options, "slot", "elt");
}

static void
LogicalOptionsCheck(List *options, Oid catalog)
{
	OptionNamesCheck(&logical_option_set, options, catalog);
	if (catalog == ForeignServerRelationId)
		CheckServer(options);
	if (catalog == UserMappingRelationId)
		CheckMapping(options);
	if (catalog == ForeignTableRelationId)
		CheckTable(options);
	if (catalog == AttributeRelationId)
		OptionsExclude(options, "column_name", "lineage", NULL);
}

Datum
elt_postgres_validator(PG_FUNCTION_ARGS)
{
	return OptionsValidate(fcinfo, LogicalOptionsCheck);
}
