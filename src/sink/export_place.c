/*
 * export_place.c
 *	  Where a server lets files be written, and whether the current user may write there.
 *
 * USAGE of a server is granted to those who read its files. Writing takes a right of the user's own,
 * as COPY TO does.
 */
#include "base/compat.h"
#include "sink/export_place.h"

#include <limits.h>

#include "base/identity.h"
#include "catalog/pg_authid.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "source/options.h"
#include "transport/beneath.h"
#include "transport/folder.h"
#include "utils/acl.h"

static void
CheckRights(const ForeignServer *server)
{
	RequireServerUsage(server->serverid, GetUserId());
	if (!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to write files of server \"%s\"", server->servername),
				 errhint("Only members of role \"pg_write_server_files\" may write below its "
						 "option \"root\".")));
}

ExportPlace
ExportPlaceToRead(const char *name)
{
	ForeignServer *server = GetForeignServerByName(name, false);
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(server->fdwid);
	char	   *root = OptionValue(server->options, "root");

	if (strcmp(wrapper->fdwname, "elt_file") != 0 || root == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" has no files", name),
				 errhint("Specify a server of foreign-data wrapper \"elt_file\".")));
	return (ExportPlace)
	{
		&LocalOutput, root
	};
}

ExportPlace
ExportPlaceOf(const char *name)
{
	ExportPlace place = ExportPlaceToRead(name);

	CheckRights(GetForeignServerByName(name, false));
	return place;
}

void
ExportPathCheck(const char *path)
{
	if (path[0] != '\0' && IsNameBeneath(path) && strlen(FolderBaseName(path)) <= NAME_MAX)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid path \"%s\"", path),
			 errhint("Specify a name relative to the root of the server, such as "
					 "'out/power.parquet'.")));
}
