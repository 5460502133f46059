/*
 * star_name.c
 *	  Names of the views and tables of a star schema, which pg_elt creates.
 */
#include "base/compat.h"
#include "star/star_name.h"

#include "catalog/namespace.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

/* What analysts query outlives sessions, and our schemas have only what we ship. */
static void
CheckPlace(const char *what, const char *name, Oid schema)
{
	static const char *const own[] = {"elt", "elt_catalog", "elt_staging"};

	if (isAnyTempNamespace(schema))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s \"%s\" cannot be temporary", what, name),
				 errhint("Specify a name with a permanent schema.")));
	for (int i = 0; i < lengthof(own); i++)
		if (schema == get_namespace_oid(own[i], true))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s \"%s\" is in a schema reserved by pg_elt", what, name),
					 errdetail("Schema \"%s\" contains objects of pg_elt.", own[i]),
					 errhint("Specify a name in another schema.")));
}

static const char *
WithArticle(const char *what)
{
	return psprintf("%s %s", strchr("aeiou", what[0]) != NULL ? "an" : "a", what);
}

List *
StarNameParts(const char *name)
{
	List	   *parts = NIL;
	List	   *names = NIL;
	ListCell   *lc;

	if (!SplitIdentifierString(pstrdup(name), '.', &parts) || list_length(parts) > 3)
		return NIL;
	foreach(lc, parts)
		names = lappend(names, makeString(pstrdup(lfirst(lc))));
	return names;
}

static List *
PartsOrError(const char *what, const char *name)
{
	List	   *parts = name[0] == '\0' ? list_make1(makeString("")) : StarNameParts(name);

	if (parts == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("name of %s is not valid: \"%s\"", WithArticle(what), name),
				 errhint("Quote what SQL requires to be quoted, as in \"My Mart\".\"My Name\".")));
	return parts;
}

StarName *
StarNameOf(const char *what, const char *name)
{
	RangeVar   *view = makeRangeVarFromNameList(PartsOrError(what, name));
	StarName   *star = palloc(sizeof(StarName));
	Oid			schema;

	if (view->relname[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("name of %s must not be empty", WithArticle(what))));
	schema = RangeVarGetCreationNamespace(view);
	CheckPlace(what, name, schema);
	star->schema = get_namespace_name(schema);
	star->name = view->relname;
	return star;
}

static void
CheckLength(const StarName *name, const char *what, const char *suffix)
{
	if (strlen(name->name) + strlen(suffix) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name of %s \"%s\" is too long", what, name->name),
				 errdetail("One of its relations is named \"%s%s\", and a name has at most %d bytes.",
						   name->name, suffix, NAMEDATALEN - 1)));
}

static bool
Exists(const StarName *name, const char *relation)
{
	return OidIsValid(get_relname_relid(relation, get_namespace_oid(name->schema, false)));
}

static void
CheckNameIsNew(const StarName *name, const char *what, bool can_replace)
{
	if (!Exists(name, name->name))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s.%s\" already exists", name->schema, name->name),
			 can_replace
			 ? errhint("Specify another name. If it is %s, replace => true gives it another "
					   "definition, and elt.drop_%s drops it.", WithArticle(what), what)
			 : errhint("Specify another name, or drop %s with elt.drop_%s.", WithArticle(what), what)));
}

/* Who drops the view by DROP VIEW leaves its table behind. */
static void
CheckIsNew(const StarName *name, const char *what, const char *suffix)
{
	const char *relation = psprintf("%s%s", name->name, suffix);

	if (!Exists(name, relation))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s.%s\" already exists", name->schema, relation),
			 errdetail("It would be a relation of %s \"%s\".", what, name->name),
			 errhint("Specify another name, or drop the relation if it remains of %s whose "
					 "view was dropped.", WithArticle(what))));
}

void
StarNameCheckNew(const StarName *name, const char *what, const char *const *suffixes, int n,
				 bool can_replace)
{
	for (int i = 0; i < n; i++)
		CheckLength(name, what, suffixes[i]);
	CheckNameIsNew(name, what, can_replace);
	for (int i = 0; i < n; i++)
		CheckIsNew(name, what, suffixes[i]);
}

void
StarNameCheckNewRelation(const StarName *name, const char *what, const char *suffix)
{
	CheckLength(name, what, suffix);
	CheckIsNew(name, what, suffix);
}

char *
StarRelation(const StarName *name, const char *suffix)
{
	return quote_qualified_identifier(name->schema, psprintf("%s%s", name->name, suffix));
}

char *
StarKeyName(const char *dimension, const char *suffix)
{
	const char *base = strncmp(dimension, "dim_", 4) == 0 && dimension[4] != '\0' ?
		dimension + 4 : dimension;
	char	   *key = psprintf("%s%s", base, suffix);

	if (strlen(key) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name of dimension \"%s\" is too long", dimension),
				 errdetail("Its key is named \"%s\", and a name has at most %d bytes.", key,
						   NAMEDATALEN - 1)));
	return key;
}
