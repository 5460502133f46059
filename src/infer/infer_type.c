/*
 * infer_type.c
 *	  Choose the type of a column by the values of a sample.
 *
 * A type is chosen only if it keeps every value as it is. Where texts look like values of a type
 * but are not all of one form, the column is text and the doubt says why.
 */
#include "postgres.h"
#include "infer/infer_type.h"

#include "infer/column_name.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

static char *
OptionText(const char *name, const char *value)
{
	return psprintf("%s %s", name, quote_literal_cstr(value));
}

static InferredType
Plain(const char *type, char *doubt)
{
	InferredType result = {type, NIL, doubt};

	return result;
}

static InferredType
WithFormat(const char *type, const char *format, char *doubt)
{
	InferredType result = {type, list_make1(OptionText("format", format)), doubt};

	return result;
}

static InferredType
IntegerType(const ValueFacts *facts, const char *column)
{
	if (facts->above_int8)
		return Plain("numeric", "an integer is too large for bigint");
	/* identifiers grow */
	return Plain(facts->above_int4 || NameSaysKey(column) > 0 ? "bigint" : "integer", NULL);
}

static InferredType
NumberType(const ValueFacts *facts, const char *column)
{
	if (facts->nonfinite > 0)
		return Plain("numeric", "values such as NaN are not JSON: these records are rejected");
	if (facts->decimals > 0)
		return Plain("numeric", NULL);
	if (facts->seconds == facts->integers && NameSaysTime(column))
		return WithFormat("timestamptz", "unix", psprintf("%s may be seconds since 1970", facts->first));
	if (facts->milliseconds == facts->integers && NameSaysTime(column))
		return WithFormat("timestamptz", "unix_ms",
						  psprintf("%s may be milliseconds since 1970", facts->first));
	return IntegerType(facts, column);
}

/* ---- texts ---- */

static const char *
TimePattern(const LocalDates *local)
{
	if (!local->has_time)
		return "";
	return local->has_seconds ? " HH24:MI:SS" : " HH24:MI";
}

/* A to_timestamp pattern; NULL: the order of day and month is not known. */
static char *
LocalPattern(const LocalDates *local)
{
	char		c = local->separator;
	char	   *day;

	if (local->year_first)
		day = psprintf("YYYY%cMM%cDD", c, c);
	else if (local->first_max > 12 && local->second_max <= 12)
		day = psprintf("DD%cMM%cYYYY", c, c);
	else if (local->second_max > 12 && local->first_max <= 12)
		day = psprintf("MM%cDD%cYYYY", c, c);
	else if (c == '.')
		day = "DD.MM.YYYY";
	else
		return NULL;
	return psprintf("%s%s", day, TimePattern(local));
}

/* The type stays text, so what it should be is said with the pattern. */
static InferredType
UnknownOrder(const ValueFacts *facts)
{
	const LocalDates *local = &facts->local;
	const char *time = TimePattern(local);
	char		c = local->separator;

	return Plain("text", psprintf("%s is a date whose day and month cannot be told apart: declare "
								  "it as %s with option format 'DD%cMM%cYYYY%s' or "
								  "'MM%cDD%cYYYY%s'", facts->first,
								  local->has_time ? "timestamp" : "date", c, c, time, c, c, time));
}

static InferredType
LocalDateType(const ValueFacts *facts)
{
	const LocalDates *local = &facts->local;
	char	   *pattern = local->mixed || local->has_fraction ? NULL : LocalPattern(local);

	if (pattern == NULL && (local->mixed || local->has_fraction))
		return Plain("text", psprintf("dates such as %s have several forms", facts->first));
	if (pattern == NULL)
		return UnknownOrder(facts);
	return WithFormat(local->has_time ? "timestamp" : "date", pattern,
					  local->has_time ? "the time zone is not known" : NULL);
}

/* Of the texts that are neither empty nor a word for null. */
static int64
Telling(const ValueFacts *facts)
{
	return facts->texts - facts->classes[TEXT_EMPTY] - facts->classes[TEXT_NULL_WORD];
}

static InferredType
TimeTextType(const ValueFacts *facts)
{
	const int64 *n = facts->classes;
	int64		all = Telling(facts);

	if (n[TEXT_DATE] == all)
		return Plain("date", NULL);
	if (n[TEXT_TIMESTAMP] == all)
		return Plain("timestamp", "the time zone is not known");
	if (n[TEXT_TIMESTAMPTZ] == all)
		return Plain("timestamptz", NULL);
	if (n[TEXT_LOCAL_DATE] == all)
		return LocalDateType(facts);
	if (n[TEXT_DATE] + n[TEXT_TIMESTAMP] + n[TEXT_TIMESTAMPTZ] + n[TEXT_LOCAL_DATE] == all)
		return Plain("text", "dates and times have several forms");
	return Plain("text", NULL);
}

static InferredType
CommaType(const ValueFacts *facts)
{
	InferredType result = Plain("numeric", NULL);

	if (!facts->comma_certain)
		return Plain("text", psprintf("%s has a comma before the fraction or between thousands: add "
									  "option decimal ',' or grouping ','", facts->first));
	result.options = list_make1(OptionText("decimal", ","));
	if (facts->has_groups)
		result.options = lappend(result.options, OptionText("grouping", "."));
	return result;
}

static InferredType
NumberTextType(const ValueFacts *facts, const char *column, bool is_untyped)
{
	const int64 *n = facts->classes;

	if (n[TEXT_ZEROS] > 0)
		return Plain("text", "numbers have leading zeros");
	/* no code is below zero */
	if (!facts->is_signed && (NameSaysCode(column) || (NameSaysKey(column) > 0 && !is_untyped)))
		return Plain("text", "digits of a code, not a number");
	if (n[TEXT_DECIMAL] > 0)
		return Plain("numeric", NULL);
	return IntegerType(facts, column);
}

static InferredType
TextType(const ValueFacts *facts, const char *column, bool is_untyped)
{
	const int64 *n = facts->classes;
	int64		all = Telling(facts);

	if (all == 0 || n[TEXT_OTHER] > 0)
		return Plain("text", NULL);
	if (n[TEXT_INTEGER] + n[TEXT_DECIMAL] + n[TEXT_ZEROS] == all)
		return NumberTextType(facts, column, is_untyped);
	if (n[TEXT_INTEGER] + n[TEXT_COMMA] == all)
		return CommaType(facts);
	if (n[TEXT_BOOLEAN] == all)
		return Plain("boolean", NULL);
	if (n[TEXT_UUID] == all)
		return Plain("uuid", NULL);
	return TimeTextType(facts);
}

/* Words for null that occurred, and the empty text if the type does not read it. */
static char *
NullWords(const ValueFacts *facts)
{
	StringInfoData words;

	initStringInfo(&words);
	for (int i = 0; i < FACTS_NULL_WORDS && facts->null_words[i] != NULL; i++)
		appendStringInfo(&words, "%s%s", i > 0 ? "|" : "", facts->null_words[i]);
	if (facts->classes[TEXT_EMPTY] > 0 && words.len > 0)
		appendStringInfoChar(&words, '|');
	return words.data;
}

static InferredType
TextTypeWithOptions(const ValueFacts *facts, const char *column, bool is_untyped)
{
	InferredType result = TextType(facts, column, is_untyped);

	if (strcmp(result.type, "text") == 0)
		return result;
	if (facts->padded)
		result.options = lappend(result.options, OptionText("trim", "true"));
	if (facts->classes[TEXT_EMPTY] + facts->classes[TEXT_NULL_WORD] == 0)
		return result;
	result.options = lappend(result.options, OptionText("null", NullWords(facts)));
	result.doubt = psprintf("%s%stexts \"%s\" are read as null", result.doubt ? result.doubt : "",
							result.doubt ? "; " : "", NullWords(facts));
	return result;
}

/* Numbers in some records, texts in others. */
static InferredType
MixedType(const ValueFacts *facts, const char *column)
{
	const int64 *n = facts->classes;
	bool		numeric = facts->booleans == 0 && facts->nonfinite == 0 && !NameSaysCode(column) &&
		n[TEXT_INTEGER] + n[TEXT_DECIMAL] == facts->texts;

	if (!numeric)
		return Plain("text", "values are of several kinds");
	if (facts->decimals > 0 || n[TEXT_DECIMAL] > 0)
		return Plain("numeric", "some numbers are strings");
	return IntegerType(facts, column);
}

InferredType
InferType(const ShapeNode *node, const char *column)
{
	const ValueFacts *facts = node->facts;

	if (!ShapeIsScalar(node))
		return Plain("jsonb", ShapeIsObject(node) || ShapeIsArray(node) ? NULL :
					 "values are of several kinds");
	if (ShapeIsVoid(node))
		return Plain("text", "it is null in all records");
	if (facts->texts == 0 && facts->numbers == 0)
		return facts->nonfinite > 0 ? NumberType(facts, column) : Plain("boolean", NULL);
	if (facts->texts == 0 && facts->booleans == 0)
		return NumberType(facts, column);
	if (facts->numbers == 0 && facts->booleans == 0 && facts->nonfinite == 0)
		return TextTypeWithOptions(facts, column, node->is_untyped);
	return MixedType(facts, column);
}
