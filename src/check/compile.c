/*
 * compile.c
 *	  Compile checks to native conditions that run while rows are loaded.
 */
#include "base/compat.h"
#include "check/compile.h"

#include "access/relation.h"
#include "base/attempt.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/staged.h"
#include "check/declared_check.h"
#include "check/set_check.h"
#include "check/unique.h"
#include "load/batch_memory.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "source/definition.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

typedef struct Compilation
{
	const Pipeline *pipeline;
	const char *expression;
	Size		memory;			/* that a set of values may use */
	TupleDesc	row;
	NativeNode *condition;		/* the result: one of these, or neither */
	UniqueSet  *unique;
} Compilation;

static bool
IsClockWord(const char *word, size_t len)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};

	for (int i = 0; i < lengthof(words); i++)
		if (len == strlen(words[i]) && pg_strncasecmp(word, words[i], len) == 0)
			return true;
	return false;
}

static bool
IsLetter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
HasClockWord(const char *text)
{
	while (*text != '\0')
	{
		size_t		len = 0;

		while (IsLetter(text[len]))
			len++;
		if (IsClockWord(text, len))
			return true;
		text += Max(len, 1);
	}
	return false;
}

/* A constant such as date 'today' is what it is when it is read: when the batch lands. */
static bool
ReadsClock(Node *raw, void *context)
{
	if (raw == NULL)
		return false;
	if (IsA(raw, A_Const))
	{
		A_Const    *constant = (A_Const *) raw;

		return !constant->isnull && IsA(&constant->val, String) &&
			HasClockWord(strVal(&constant->val));
	}
	return raw_expression_tree_walker(raw, ReadsClock, context);
}

static void
CompileUnique(Compilation *c, const UniqueCheck *unique)
{
	int			ncolumns = 0;
	int		   *columns = palloc(sizeof(int) * list_length(unique->columns));
	ListCell   *lc;

	UniqueCheckVerify(unique, c->pipeline->source);
	if (unique->null_fails)
		return;
	foreach(lc, unique->columns)
		columns[ncolumns++] = get_attnum(c->pipeline->source, lfirst(lc)) - 1;
	c->unique = UniqueSetCreate(c->row, columns, ncolumns, unique->nulls_equal,
								c->memory);
}

static void
CompileCondition(Compilation *c)
{
	Node	   *raw = ConditionParse(c->expression);
	Node	   *condition;

	if (ReadsClock(raw, NULL))
		return;
	condition = ConditionAnalyse(c->pipeline, c->expression, raw);
	condition = (Node *) expression_planner((Expr *) condition);
	c->condition = NativeCompile(condition, c->row);
}

static void
CompileAsOwner(void *arg)
{
	Compilation *c = arg;
	Relation	source;
	UniqueCheck *unique = UniqueCheckParse(c->expression);

	source = RelationOpen(c->pipeline->source, AccessShareLock);
	c->row = CreateTupleDescCopy(RelationGetDescr(source));
	relation_close(source, NoLock);
	if (unique != NULL)
		CompileUnique(c, unique);
	else if (SetCheckParse(c->expression) == NULL)
		CompileCondition(c);
}

static void
TryCompile(void *arg)
{
	RunAs(((Compilation *) arg)->pipeline->owner, CompileAsOwner, arg);
}

/* What raises an error here, a constant 1 / 0 or a bad pattern, does so for every row later. */
static Compilation
Compile(const Pipeline *p, const char *expression, Size memory)
{
	Compilation c = {p, expression, memory};
	ErrorData  *error;

	/* rows of other relations are staged by a statement */
	if (!SourceIsOurs(p->source))
		return c;
	error = Attempt(TryCompile, &c);
	if (error == NULL)
		return c;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ThrowErrorData(error);
	return (Compilation) {p, expression};
}

static bool
HasNativeForm(const Compilation *c)
{
	return c->condition != NULL || c->unique != NULL;
}

bool
CheckIsNative(const Pipeline *p, const char *expression)
{
	Compilation c = Compile(p, expression, BatchMemory());

	return HasNativeForm(&c);
}

/* The source's columns may have changed since the check was added. */
static void
RecordForm(const Check *check, bool native)
{
	Sql			q;

	if (check->native == native)
		return;
	SqlBegin(&q, "update elt_catalog.check_rule set native = $2 where id = $1");
	SqlAddInt4(&q, check->id);
	SqlAddBool(&q, native);
	SqlDo(&q, AsCatalog());
}

/* Of the memory of a batch for each check of uniqueness. */
static Size
MemoryOfEach(List *checks)
{
	int			nunique = 0;
	ListCell   *lc;

	foreach(lc, checks)
		nunique += UniqueCheckParse(((Check *) lfirst(lc))->expression) != NULL;
	return BatchMemory() / Max(nunique, 1);
}

NativeChecks *
ChecksCompile(const Pipeline *p)
{
	NativeChecks *checks = palloc0(sizeof(NativeChecks));
	List	   *all = ChecksOf(p);
	Size		memory = MemoryOfEach(all);
	ListCell   *lc;

	foreach(lc, all)
	{
		const Check *check = lfirst(lc);
		Compilation c = Compile(p, check->expression, memory);

		RecordForm(check, HasNativeForm(&c));
		if (HasNativeForm(&c) &&
			!NativeChecksAdd(checks, check->id, c.condition, c.unique))
			break;
	}
	return checks->count > 0 ? checks : NULL;
}

void
ChecksStage(const Pipeline *p, const NativeChecks *checks)
{
	for (int bit = 0; checks != NULL && bit < checks->count; bit++)
	{
		const NativeCheck *check = &checks->checks[bit];
		StagedCheck staged = {check->id, bit, check->failed};
		bool		given_up = check->given_up;

		if (check->unique != NULL && !UniqueSetEnd(check->unique))
			given_up = true;
		if (!given_up)
			StagedAddCheck(p, &staged);
	}
}
