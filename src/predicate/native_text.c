/*
 * native_text.c
 *	  Native LIKE and regular expressions.
 */
#include "base/compat.h"
#include "predicate/native_node.h"

#include "predicate/automaton.h"

typedef struct PrefixNode
{
	NativeNode	node;
	Scalar		scalar;
	const char *prefix;
	int			len;
} PrefixNode;

typedef struct PatternNode
{
	NativeNode	node;
	Scalar		scalar;
	const Automaton *automaton;
	bool		negated;
	FmgrInfo	function;		/* what the condition calls */
	Oid			collation;
	Datum		pattern;
} PatternNode;

static void
RunPrefix(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	PrefixNode *p = (PrefixNode *) node;

	for (int i = 0; i < rows->nrows; i++)
	{
		int			at = i * rows->natts + p->scalar.column;
		const char *text;
		int			len;

		verdicts[i] = NATIVE_NULL;
		if (rows->isnull[at])
			continue;
		text = NativeText(rows->values[at], false, &len);
		verdicts[i] = len >= p->len && memcmp(text, p->prefix, p->len) == 0
			? NATIVE_TRUE : NATIVE_FALSE;
	}
}

NativeNode *
NativePrefix(const Scalar *scalar, Datum prefix)
{
	PrefixNode *p = palloc0(sizeof(PrefixNode));

	p->node.run = RunPrefix;
	p->scalar = *scalar;
	p->prefix = NativeText(prefix, false, &p->len);
	return &p->node;
}

static bool
PatternHolds(PatternNode *p, Datum value)
{
	int			len;
	const char *text = NativeText(value, false, &len);
	int			state = AutomatonRun(p->automaton, text, len);

	if (state == STATE_UNKNOWN)
		return DatumGetBool(FunctionCall2Coll(&p->function, p->collation, value, p->pattern));
	return (state == STATE_MATCHES) != p->negated;
}

static void
RunPattern(NativeNode *node, const RowSpan *rows, uint8 *verdicts)
{
	PatternNode *p = (PatternNode *) node;

	for (int i = 0; i < rows->nrows; i++)
	{
		int			at = i * rows->natts + p->scalar.column;

		if (rows->isnull[at])
			verdicts[i] = NATIVE_NULL;
		else
			verdicts[i] = PatternHolds(p, rows->values[at]) ? NATIVE_TRUE : NATIVE_FALSE;
	}
}

NativeNode *
NativePattern(const Scalar *scalar, const char *regex, bool negated, Oid function,
			  Oid collation, Datum pattern)
{
	PatternNode *p = palloc0(sizeof(PatternNode));

	p->automaton = AutomatonOfRegex(regex);
	if (p->automaton == NULL)
		return NULL;
	p->node.run = RunPattern;
	p->scalar = *scalar;
	p->negated = negated;
	fmgr_info(function, &p->function);
	p->collation = collation;
	p->pattern = pattern;
	return &p->node;
}
