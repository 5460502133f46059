/*
 * column_options.c
 *	  The options of a column about how its values are read, which all kinds share.
 */
#include "base/compat.h"
#include "source/column_options.h"

#include "base/item_list.h"
#include "catalog/pg_attribute.h"
#include "mb/pg_wchar.h"
#include "source/option_read.h"
#include "source/options.h"

#define MAX_POSITION 1000000

bool
CheckColumnFormat(const char *value, const char **detail)
{
	size_t		len = strlen(value);

	return len > 0 && value[0] != '|' && value[len - 1] != '|' && strstr(value, "||") == NULL;
}

/* Digits of a number from 1; returns what follows them, or NULL. */
static const char *
ReadPlace(const char *text, int *place)
{
	char	   *end;
	long		number = strtol(text, &end, 10);

	*place = (int) number;
	return isdigit((unsigned char) text[0]) && number >= 1 && number <= MAX_POSITION ? end : NULL;
}

/* "3" is a field, with *last as *first; "11-20" are characters, and "21-" those to the line's end. */
static bool
ReadPosition(const char *value, int *first, int *last)
{
	const char *rest = ReadPlace(value, first);

	*last = *first;
	if (rest == NULL || *rest == '\0')
		return rest != NULL;
	if (*rest++ != '-')
		return false;
	*last = 0;
	if (*rest == '\0')
		return true;
	rest = ReadPlace(rest, last);
	return rest != NULL && *rest == '\0' && *last >= *first;
}

bool
CheckPosition(const char *value, const char **detail)
{
	int			first;
	int			last;

	return ReadPosition(value, &first, &last);
}

/* One character that cannot be a part of a number. */
bool
CheckNumberMark(const char *value, const char **detail)
{
	return value[0] != '\0' && pg_mblen(value) == (int) strlen(value) &&
		!isalnum((unsigned char) value[0]) && strchr("+-%|", value[0]) == NULL;
}

/* Digits and separators of a sign would be read as those of the number. */
bool
CheckCurrency(const char *value, const char **detail)
{
	return CheckColumnFormat(value, detail) && strpbrk(value, "0123456789+-%") == NULL;
}

bool
CheckPercent(const char *value, const char **detail)
{
	return strcmp(value, "fraction") == 0 || strcmp(value, "number") == 0;
}

bool
CheckAmbiguous(const char *value, const char **detail)
{
	return strcmp(value, "first") == 0 || strcmp(value, "second") == 0 ||
		strcmp(value, "order") == 0;
}

/* A point is the decimal mark unless another one is given. */
static void
CheckMarks(List *options)
{
	const char *decimal = OptionValue(options, "decimal");
	const char *grouping = OptionValue(options, "grouping");

	if (grouping == NULL || strcmp(grouping, decimal ? decimal : ".") != 0)
		return;
	OptionError("grouping", grouping, "It is the decimal mark.",
				decimal ? NULL : "Specify another decimal mark, as in OPTIONS (decimal ',', "
				"grouping '.').");
}

static bool
HaveOneInCommon(const char *words, const char *others)
{
	ListCell   *word;
	ListCell   *other;

	foreach(word, SplitItems(words, '|'))
		foreach(other, SplitItems(others, '|'))
			if (pg_strcasecmp(lfirst(word), lfirst(other)) == 0)
				return true;
	return false;
}

static void
CheckWords(List *options)
{
	static const char hint[] = "Specify both, as in OPTIONS (true 'ja', false 'nein').";
	const char *is_true = OptionValue(options, "true");
	const char *is_false = OptionValue(options, "false");

	OptionNeeds(options, "true", "false", hint);
	OptionNeeds(options, "false", "true", hint);
	if (is_true != NULL && HaveOneInCommon(is_true, is_false))
		OptionError("false", is_false, "One of the words is also a word for true.", NULL);
}

/* What an expression makes of the column's text, and what it does not need to be told. */
static void
CheckExpression(List *options)
{
	static const char *const others[] = {"format", "decimal", "grouping", "currency", "percent",
	"true", "false", "ambiguous"};
	static const char *const of_text[] = {"path", "position", "null", "trim", "optional"};
	const char *expression = OptionValue(options, "expression");

	if (expression == NULL)
		return;
	for (int i = 0; i < lengthof(others); i++)
		OptionsExclude(options, "expression", others[i],
					   "The expression reads the text of the column.");
	for (int i = 0; i < lengthof(of_text) && !ColumnExpressionUsesValue(expression); i++)
		OptionsExclude(options, "expression", of_text[i],
					   "The expression does not use \"value\", the text of the column.");
}

void
ColumnOptionsCheck(List *options)
{
	OptionsExclude(options, "path", "position", "A field is found by its name or by its position.");
	CheckExpression(options);
	CheckMarks(options);
	CheckWords(options);
}

void
ColumnOptionExcludesReading(List *options, const char *option, const char *detail)
{
	static const SourceOption reading[] = {COLUMN_OPTIONS};

	OptionsExclude(options, option, "path", detail);
	for (int i = 0; i < lengthof(reading); i++)
		OptionsExclude(options, option, reading[i].name, detail);
}

void
ColumnOptionsRead(SourceColumn *column, List *options)
{
	ValueSpelling *spelling = &column->spelling;
	const char *position = OptionValue(options, "position");

	if (position != NULL)
	{
		column->is_range = strchr(position, '-') != NULL;
		if (!ReadPosition(position, &column->first, &column->last))
			OptionError("position", position, NULL, NULL);
	}
	column->format = OptionValue(options, "format");
	column->time_zone = OptionValue(options, "time_zone");
	column->optional = OptionBoolean(options, "optional", false);
	column->expression = OptionValue(options, "expression");
	column->is_computed = column->expression != NULL &&
		!ColumnExpressionUsesValue(column->expression);
	spelling->decimal = OptionValue(options, "decimal");
	spelling->grouping = OptionValue(options, "grouping");
	spelling->currency = OptionValue(options, "currency");
	spelling->percent = OptionValue(options, "percent");
	spelling->true_words = OptionValue(options, "true");
	spelling->false_words = OptionValue(options, "false");
	spelling->nulls = OptionValue(options, "null");
	spelling->trim = OptionBoolean(options, "trim", false);
	spelling->ambiguous = OptionValue(options, "ambiguous");
}
