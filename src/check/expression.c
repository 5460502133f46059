/*
 * expression.c
 *	  Validate the expression of a check when it is added.
 *
 * The text is parsed by itself before it is used in a statement, so that it cannot close the
 * parentheses around it.
 */
#include "base/compat.h"
#include "check/declared_check.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/sql_expression.h"
#include "base/sql_name.h"
#include "check/batch_check.h"
#include "check/set_check.h"
#include "check/unique.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "utils/rel.h"

typedef struct Candidate
{
	const Pipeline *pipeline;
	const char *name;
	const char *text;
} Candidate;

Node *
ConditionParse(const char *expression)
{
	Node	   *raw = SqlExpressionParse(expression);

	if (raw == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("check must be a single boolean expression"),
				 errhint("Specify a condition on the source's columns, as in a CHECK "
						 "constraint.")));
	return raw;
}

Node *
ConditionAnalyse(const Pipeline *p, const char *expression, Node *raw)
{
	ParseState *pstate = make_parsestate(NULL);
	Relation	source;
	ParseNamespaceItem *row;
	Node	   *analysed;

	PipelineCheckSource(p);
	source = RelationOpen(p->source, AccessShareLock);
	pstate->p_sourcetext = expression;
	row = addRangeTableEntryForRelation(pstate, source, AccessShareLock,
										makeAlias(p->name, NIL), false, true);
	addNSItemToQuery(pstate, row, false, true, true);
	analysed = transformExpr(pstate, raw, EXPR_KIND_CHECK_CONSTRAINT);
	analysed = coerce_to_boolean(pstate, analysed, "CHECK");
	assign_expr_collations(pstate, analysed);
	relation_close(source, NoLock);
	free_parsestate(pstate);
	return analysed;
}

static void
CheckColumns(Node *expression)
{
	Bitmapset  *attnos = NULL;

	pull_varattnos(expression, 1, &attnos);
	if (bms_next_member(attnos, -1) < 0 ||
		bms_next_member(attnos, -1) > -FirstLowInvalidHeapAttributeNumber)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("check cannot use whole-row references or system columns"),
			 errhint("Refer to each column by name.")));
}

static void
CheckNotVolatile(Node *expression)
{
	if (contain_volatile_functions(expression))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("check cannot use volatile functions"),
				 errdetail("A volatile function can return different results for the same "
						   "row.")));
}

/* Positions refer to the check's own text, and functions of users need their schema. */
static void
ExplainError(void *arg)
{
	Candidate  *c = arg;

	ErrorIsInText(c->text);
	if (geterrcode() == ERRCODE_UNDEFINED_FUNCTION)
		errhint("Checks are evaluated with search_path set to pg_catalog. Schema-qualify your own "
				"functions, and cast arguments whose types do not match.");
	errcontext("check \"%s\" of pipeline \"%s\"", c->name, c->pipeline->name);
}

static void
CheckCandidate(void *arg)
{
	Candidate  *c = arg;
	UniqueCheck *unique = UniqueCheckParse(c->text);
	SetCheck   *set = SetCheckParse(c->text);
	Node	   *expression;

	if (set != NULL)
	{
		SetCheckVerify(set, c->pipeline);
		return;
	}
	if (unique != NULL)
	{
		UniqueCheckVerify(unique, c->pipeline->source);
		return;
	}
	expression = ConditionAnalyse(c->pipeline, c->text, ConditionParse(c->text));
	CheckColumns(expression);
	CheckNotVolatile(expression);
}

void
ConditionVerify(const Pipeline *p, const char *name, const char *expression)
{
	Candidate	candidate = {p, name, expression};
	ErrorContextCallback context = {
		.callback = ExplainError,
		.arg = &candidate,
		.previous = error_context_stack
	};

	error_context_stack = &context;
	RunAs(p->owner, CheckCandidate, &candidate);
	error_context_stack = context.previous;
}

/* Which it is stands in the detail, which elt.runs keeps. */
static void
NameCheck(void *arg)
{
	const Candidate *c = arg;

	errdetail("Check \"%s\" of pipeline \"%s\" can no longer be evaluated.", c->name,
			  c->pipeline->name);
}

static void
CheckAgain(const Pipeline *p, const char *name, const char *expression)
{
	Candidate	candidate = {p, name, expression};
	ErrorContextCallback context = {
		.callback = NameCheck,
		.arg = &candidate,
		.previous = error_context_stack
	};

	error_context_stack = &context;
	ConditionVerify(p, name, expression);
	error_context_stack = context.previous;
}

void
ChecksVerify(const Pipeline *p)
{
	ListCell   *lc;

	if (p->delete_when != NULL)
		CheckAgain(p, "delete_when", p->delete_when);
	foreach(lc, ChecksOf(p))
	{
		const Check *check = lfirst(lc);

		CheckAgain(p, check->name, check->expression);
	}
	BatchChecksVerify(p);
}
