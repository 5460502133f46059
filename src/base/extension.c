/*
 * extension.c
 *	  The extension in this database: its owner, and whether its objects are of the library's version.
 *
 * After the library is replaced, each database has the objects of the old version until ALTER
 * EXTENSION UPDATE is run there. Functions that use those objects raise an error until then;
 * functions that only need the owner do not.
 */
#include "base/compat.h"
#include "base/extension.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/regproc.h"
#include "utils/rel.h"

#define VERSION_LEN 64

typedef struct Installed
{
	Oid			owner;			/* invalid: the extension is not installed */
	char		version[VERSION_LEN];	/* of its objects */
} Installed;

static void
ReadTuple(Installed *installed, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		version = heap_getattr(tuple, Anum_pg_extension_extversion, desc, &isnull);

	installed->owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	text_to_cstring_buffer(DatumGetTextPP(version), installed->version, VERSION_LEN);
}

static Installed
ReadInstalled(void)
{
	Installed	installed = {0};
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("pg_elt"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		ReadTuple(&installed, tuple, RelationGetDescr(rel));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return installed;
}

static void
CheckInstalled(const Installed *installed)
{
	if (!OidIsValid(installed->owner))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"pg_elt\" is not installed in this database"),
				 errhint("Run CREATE EXTENSION pg_elt.")));
}

static bool
IsOfVersion(const Installed *installed)
{
	return strcmp(installed->version, ELT_VERSION) == 0;
}

static void
ReportVersion(int level, const Installed *installed)
{
	ereport(level,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("extension \"pg_elt\" has version %s, but the loaded library has version %s",
					installed->version, ELT_VERSION),
			 errhint("Run ALTER EXTENSION pg_elt UPDATE in this database, or restart the server "
					 "if the extension is newer than the library.")));
}

Oid
ExtensionOwner(void)
{
	Installed	installed = ReadInstalled();

	CheckInstalled(&installed);
	return installed.owner;
}

Oid
ExtensionOwnerOfVersion(void)
{
	Installed	installed = ReadInstalled();

	CheckInstalled(&installed);
	if (!IsOfVersion(&installed))
		ReportVersion(ERROR, &installed);
	return installed.owner;
}

void
ExtensionCheckVersion(void)
{
	(void) ExtensionOwnerOfVersion();
}

bool
ExtensionIsUsable(void)
{
	Installed	installed = ReadInstalled();

	if (!OidIsValid(installed.owner))
		return false;
	if (!IsOfVersion(&installed))
		ReportVersion(WARNING, &installed);
	return IsOfVersion(&installed);
}

/* The extension's version may be right all the same, if its objects are those of another build. */
void
ReportMissingArgument(FunctionCallInfo fcinfo)
{
	ExtensionCheckVersion();
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("function %s has fewer arguments than the loaded library reads",
					format_procedure(fcinfo->flinfo->fn_oid)),
			 errdetail("It was declared by another version or build of the extension."),
			 errhint("Run ALTER EXTENSION pg_elt UPDATE in this database.")));
}
