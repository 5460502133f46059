/*
 * options.c
 *	  Find options, reject unknown ones, and check their values.
 */
#include "base/compat.h"
#include "source/options.h"

#include "access/reloptions.h"
#include "base/closest_name.h"
#include "base/identity.h"
#include "base/item_list.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

#define FOREACH_OPTION(o, set) \
	for (const SourceOption *o = (set)->options; o < (set)->options + (set)->noptions; o++)

static const char *
ObjectName(Oid catalog)
{
	switch (catalog)
	{
		case ForeignDataWrapperRelationId:
			return "the foreign-data wrapper";
		case ForeignServerRelationId:
			return "a server";
		case UserMappingRelationId:
			return "a user mapping";
		case ForeignTableRelationId:
			return "a foreign table";
		default:
			return "a column";
	}
}

static const SourceOption *
FindOption(const OptionSet *set, const char *name, Oid catalog)
{
	FOREACH_OPTION(o, set)
		if (o->catalog == catalog && strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

/* Another kind of object that has an option of this name. */
static Oid
FindElsewhere(const OptionSet *set, const char *name)
{
	FOREACH_OPTION(o, set)
		if (strcmp(o->name, name) == 0)
			return o->catalog;
	return InvalidOid;
}

static List *
OptionNames(const OptionSet *set, Oid catalog)
{
	List	   *names = NIL;

	FOREACH_OPTION(o, set)
		if (o->catalog == catalog)
			names = lappend(names, unconstify(char *, o->name));
	return names;
}

static char *
Enumerate(List *names)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, names)
		AppendItem(&buf, ", ", "%s", (char *) lfirst(lc));
	return buf.data;
}

static int
UnknownOptionHint(const OptionSet *set, const char *name, Oid catalog)
{
	Oid			elsewhere = FindElsewhere(set, name);
	List	   *names = OptionNames(set, catalog);
	const char *closest = ClosestName(name, names);

	if (OidIsValid(elsewhere))
		return errhint("\"%s\" is an option of %s, not of %s.", name,
					   ObjectName(elsewhere), ObjectName(catalog));
	if (closest != NULL)
		return errhint("Perhaps you meant the option \"%s\".", closest);
	if (names == NIL)
		return errhint("%s %s has no options.", catalog == UserMappingRelationId ?
					   "A user mapping of" : "The foreign-data wrapper", set->wrapper);
	return errhint("Valid options of %s are %s.", ObjectName(catalog), Enumerate(names));
}

/* Reaching into the server's own network is for those who administer loads. */
void
OptionCheckReach(const char *name, const char *detail)
{
	if (MayReachPrivate(GetUserId()))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to set option \"%s\"", name),
			 errdetail_internal("%s", detail),
			 errhint("Only a superuser or a member of role \"elt_admin\" may own a server with "
					 "this option.")));
}

void
OptionError(const char *name, const char *value, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value \"%s\" for option \"%s\"", value, name),
			 detail ? errdetail("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
}

/* What a user mapping holds is not repeated. */
static void
SecretError(const char *name, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", name),
			 detail ? errdetail("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
}

static void
CheckOption(const OptionSet *set, DefElem *def, Oid catalog)
{
	const SourceOption *option = FindOption(set, def->defname, catalog);
	const char *detail = NULL;

	if (option == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"", def->defname),
				 UnknownOptionHint(set, def->defname, catalog)));
	if (option->check == NULL || option->check(defGetString(def), &detail))
		return;
	if (catalog == UserMappingRelationId)
		SecretError(def->defname, detail, option->hint);
	else
		OptionError(def->defname, defGetString(def), detail, option->hint);
}

char *
OptionValue(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst(lc);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}

void
OptionRequire(List *options, const char *name, const char *example)
{
	if (OptionValue(options, name) != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("option \"%s\" is required", name),
			 errhint("Specify it as OPTIONS (%s '%s').", name, example)));
}

void
OptionNeeds(List *options, const char *name, const char *needed, const char *hint)
{
	if (OptionValue(options, name) == NULL || OptionValue(options, needed) != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("option \"%s\" requires option \"%s\"", name, needed),
			 errhint("%s", hint)));
}

void
OptionsExclude(List *options, const char *one, const char *other, const char *detail)
{
	if (OptionValue(options, one) == NULL || OptionValue(options, other) == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("options \"%s\" and \"%s\" are mutually exclusive", one, other),
			 detail ? errdetail("%s", detail) : 0));
}

void
OptionNamesCheck(const OptionSet *set, List *options, Oid catalog)
{
	ListCell   *lc;

	foreach(lc, options)
		CheckOption(set, lfirst(lc), catalog);
}

Datum
OptionsValidate(FunctionCallInfo fcinfo, void (*check) (List *options, Oid catalog))
{
	if (PG_ARGISNULL(1))
		PG_RETURN_VOID();
	check(PG_ARGISNULL(0) ? NIL : untransformRelOptions(PG_GETARG_DATUM(0)),
		  PG_GETARG_OID(1));
	PG_RETURN_VOID();
}
