/*
 * renaming.c
 *	  Rename columns in the text of a condition and leave the rest as written.
 */
#include "base/compat.h"
#include "check/renaming.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "check/declared_check.h"
#include "check/set_check.h"
#include "check/unique.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "parser/scansup.h"
#include "utils/builtins.h"

char *
RenamedColumn(const Renaming *r, char *name)
{
	JsonbValue	found;
	JsonbValue *value = NULL;

	if (name != NULL && r->columns != NULL)
		value = getKeyJsonValueFromContainer(&r->columns->root, name, strlen(name), &found);
	return value == NULL ? name : pnstrdup(value->val.string.val, value->val.string.len);
}

static bool
CollectReferences(Node *node, List **references)
{
	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		*references = lappend(*references, node);
		return false;
	}
	return raw_expression_tree_walker(node, CollectReferences, references);
}

static int
CompareLocations(const ListCell *a, const ListCell *b)
{
	return ((ColumnRef *) lfirst(a))->location - ((ColumnRef *) lfirst(b))->location;
}

/* Where the name that begins at text ends. */
static const char *
NameEnd(const char *text)
{
	if (*text != '"')
	{
		while (isalnum((unsigned char) *text) || *text == '_' || *text == '$' ||
			   IS_HIGHBIT_SET(*text))
			text++;
		return text;
	}
	for (text++; *text != '\0'; text++)
		if (*text == '"' && *++text != '"')
			return text;
	return text;
}

/* Copy up to a name, and put another in its place; returns what follows. */
static const char *
Replace(StringInfo result, const char *from, const char *name, const char *with)
{
	appendBinaryStringInfo(result, from, name - from);
	appendStringInfoString(result, quote_identifier(with));
	return NameEnd(name);
}

static const char *
FieldName(const ColumnRef *reference, int n)
{
	Node	   *field = list_nth(reference->fields, n);

	return IsA(field, String) ? strVal(field) : "";
}

static const char *
CopyReference(StringInfo result, const char *from, const char *at, const ColumnRef *reference,
			  const Renaming *r)
{
	int			n = list_length(reference->fields);

	if (n == 2 && strcmp(FieldName(reference, 0), r->row) == 0)
	{
		from = Replace(result, from, at, r->new_row);
		for (at = from; *at == '.' || scanner_isspace(*at); at++)
			;
	}
	else if (n != 1)
		return from;
	return Replace(result, from, at,
				   RenamedColumn(r, pstrdup(FieldName(reference, n - 1))));
}

static List *
RenamedColumns(const Renaming *r, List *names)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, names)
		columns = lappend(columns, RenamedColumn(r, lfirst(lc)));
	return columns;
}

static char *
RenamedUnique(const Renaming *r, const UniqueCheck *unique)
{
	return psprintf("UNIQUE %s(%s)%s", unique->nulls_equal ? "NULLS NOT DISTINCT " : "",
					QuotedColumns(RenamedColumns(r, unique->columns), NULL),
					unique->null_fails ? " NOT NULL" : "");
}

static char *
RenamedSet(const Renaming *r, SetCheck *set)
{
	set->columns = RenamedColumns(r, set->columns);
	set->as_of = RenamedColumn(r, set->as_of);
	return SetCheckText(set);
}

char *
RenamedCondition(const Renaming *r, const char *text)
{
	UniqueCheck *unique = UniqueCheckParse(text);
	SetCheck   *set = SetCheckParse(text);
	List	   *references = NIL;
	const char *from = text;
	StringInfoData result;
	ListCell   *lc;

	if (set != NULL)
		return RenamedSet(r, set);
	if (unique != NULL)
		return RenamedUnique(r, unique);
	(void) CollectReferences(ConditionParse(text), &references);
	list_sort(references, CompareLocations);
	initStringInfo(&result);
	foreach(lc, references)
	{
		const ColumnRef *reference = lfirst(lc);

		from = CopyReference(&result, from, text + reference->location, reference, r);
	}
	appendStringInfoString(&result, from);
	return result.data;
}

/* The measure of a batch calls its row "batch", whatever the name of the pipeline. */
static char *
RenamedMeasure(const Renaming *r, const char *text)
{
	Renaming	columns = {"batch", "batch", r->columns};

	return RenamedCondition(&columns, text);
}

static void
StoreExpression(int32 id, const char *expression)
{
	Sql			q;

	SqlBegin(&q, "update elt_catalog.check_rule set expression = $2 "
			 "where id = $1 and expression <> $2");
	SqlAddInt4(&q, id);
	SqlAddText(&q, expression);
	SqlDo(&q, AsCatalog());
}

void
ChecksRename(const Pipeline *p, const Renaming *r)
{
	Sql			q;

	SqlBegin(&q, "select id, expression, scope = 'row' from elt_catalog.check_rule "
			 "where pipeline_id = $1 order by id");
	SqlAddInt4(&q, p->id);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		char	   *text = SqlText(&q, i, 2);

		StoreExpression(SqlInt4(&q, i, 1, NULL),
						SqlBool(&q, i, 3) ? RenamedCondition(r, text) : RenamedMeasure(r, text));
	}
	SqlDone(&q);
}
