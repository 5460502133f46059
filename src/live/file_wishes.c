/*
 * file_wishes.c
 *	  Conditions of a WHERE clause that the names of files decide.
 *
 * The name of a file tells the values of some columns: that with the name itself, and partitions. A
 * directory tells those of the partitions above it. Conditions on nothing else are evaluated when files
 * are listed, so that others are not opened; they are checked again on each row.
 */
#include "base/compat.h"
#include "live/file_wishes.h"

#include "access/sysattr.h"
#include "base/type_text.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "source/file_policy.h"
#include "source/partition_path.h"

typedef struct Wish
{
	ExprState  *state;
	Bitmapset  *columns;		/* attnums */
} Wish;

typedef struct WishFilter
{
	FileFilter	base;
	const SourceDefinition *def;
	List	   *wishes;			/* Wish * */
	ExprContext *econtext;
	TupleTableSlot *slot;
	const char *path;			/* that is looked at */
} WishFilter;

/* ---- planning ---- */

static bool
IsOfName(const SourceColumn *column)
{
	return column->partition != NULL ||
		(column->param != NULL && strcmp(column->param, FILE_PARAM) == 0);
}

static Bitmapset *
ColumnsOfNames(const SourceDefinition *def)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < def->ncolumns; i++)
		if (IsOfName(&def->columns[i]))
			columns = bms_add_member(columns, def->columns[i].attnum);
	return columns;
}

/* Those that an expression takes; system columns and whole rows are 0 or none. */
static Bitmapset *
ColumnsOf(Node *expr, Index relid)
{
	Bitmapset  *offset = NULL;
	Bitmapset  *columns = NULL;
	int			member = -1;

	pull_varattnos(expr, relid, &offset);
	while ((member = bms_next_member(offset, member)) >= 0)
		columns = bms_add_member(columns, Max(member + FirstLowInvalidHeapAttributeNumber, 0));
	return columns;
}

static bool
IsWish(RelOptInfo *rel, RestrictInfo *rinfo, const Bitmapset *of_names)
{
	Node	   *clause = (Node *) rinfo->clause;
	Bitmapset  *columns = ColumnsOf(clause, rel->relid);

	return columns != NULL && bms_is_subset(columns, of_names) && !rinfo->pseudoconstant &&
		restriction_is_securely_promotable(rinfo, rel) && !contain_volatile_functions(clause) &&
		!contain_subplans(clause);
}

List *
FileWishesFind(const SourceDefinition *def, RelOptInfo *rel, List *clauses)
{
	Bitmapset  *of_names = def->files != NULL ? ColumnsOfNames(def) : NULL;
	List	   *wishes = NIL;
	ListCell   *lc;

	if (of_names == NULL)
		return NIL;
	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (IsWish(rel, rinfo, of_names))
			wishes = lappend(wishes, rinfo->clause);
	}
	return wishes;
}

/* ---- execution ---- */

static void
TellPath(void *arg)
{
	const WishFilter *filter = arg;

	errcontext("path \"%s\" of foreign table \"%s\"", filter->path, filter->def->relation);
}

static void
PutValue(WishFilter *filter, const SourceColumn *column, const char *text)
{
	TupleTableSlot *slot = filter->slot;

	if (text == NULL)
		return;
	slot->tts_values[column->attnum - 1] = ValueOfText(column->type, column->typmod, text);
	slot->tts_isnull[column->attnum - 1] = false;
}

/* Set the values that a path tells; which ones, as attnums. */
static Bitmapset *
PutValues(WishFilter *filter, bool is_file)
{
	char	   *path = is_file ? pstrdup(filter->path) : psprintf("%s/", filter->path);
	Bitmapset  *known = NULL;

	for (int i = 0; i < filter->def->ncolumns; i++)
	{
		const SourceColumn *column = &filter->def->columns[i];
		bool		found = is_file;
		const char *text = path;

		if (!IsOfName(column))
			continue;
		if (column->partition != NULL)
			text = PartitionText(path, column->partition, &found);
		if (!found)
			continue;
		PutValue(filter, column, text);
		known = bms_add_member(known, column->attnum);
	}
	return known;
}

static bool
MeetsAll(WishFilter *filter, const Bitmapset *known)
{
	ListCell   *lc;

	foreach(lc, filter->wishes)
	{
		const Wish *wish = lfirst(lc);

		if (bms_is_subset(wish->columns, known) && !ExecQual(wish->state, filter->econtext))
			return false;
	}
	return true;
}

static bool
Wants(FileFilter *base, const char *path, bool is_file)
{
	WishFilter *filter = (WishFilter *) base;
	ErrorContextCallback context = {error_context_stack, TellPath, filter};
	MemoryContext old;
	bool		wanted;

	if (!pg_verifymbstr(path, strlen(path), true))
		return true;
	filter->path = path;
	error_context_stack = &context;
	ResetExprContext(filter->econtext);
	old = MemoryContextSwitchTo(filter->econtext->ecxt_per_tuple_memory);
	ExecStoreAllNullTuple(filter->slot);
	filter->econtext->ecxt_scantuple = filter->slot;
	wanted = MeetsAll(filter, PutValues(filter, is_file));
	MemoryContextSwitchTo(old);
	error_context_stack = context.previous;
	return wanted;
}

static WishFilter *
NewFilter(const SourceDefinition *def, EState *estate)
{
	WishFilter *filter = palloc0(sizeof(WishFilter));

	filter->base.wants = Wants;
	filter->def = def;
	filter->econtext = CreateExprContext(estate);
	filter->slot = ExecInitExtraTupleSlot(estate, def->desc, &TTSOpsVirtual);
	return filter;
}

static void
AddWish(WishFilter *filter, ExprState *state, Node *clause, Index relid)
{
	Wish	   *wish = palloc(sizeof(Wish));

	wish->state = state;
	wish->columns = ColumnsOf(clause, relid);
	filter->wishes = lappend(filter->wishes, wish);
}

FileFilter *
FileWishesBegin(const SourceDefinition *def, List *wishes, ScanState *node)
{
	WishFilter *filter;
	ListCell   *lc;

	if (wishes == NIL)
		return NULL;
	filter = NewFilter(def, node->ps.state);
	foreach(lc, wishes)
		AddWish(filter, ExecInitQual(list_make1(lfirst(lc)), &node->ps), lfirst(lc),
				((Scan *) node->ps.plan)->scanrelid);
	return &filter->base;
}

static bool
HasParam(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) || expression_tree_walker(node, HasParam, context);
}

FileFilter *
FileWishesPlan(const SourceDefinition *def, List *wishes, Index relid, EState *estate)
{
	WishFilter *filter = NewFilter(def, estate);
	ListCell   *lc;

	foreach(lc, wishes)
		if (!HasParam(lfirst(lc), NULL))
			AddWish(filter, ExecPrepareQual(list_make1(lfirst(lc)), estate), lfirst(lc), relid);
	return &filter->base;
}
