/*
 * spelling.c
 *	  Declare how texts of values are written, and check that this is clear.
 */
#include "postgres.h"

#include "base/item_list.h"
#include "catalog/pg_type.h"
#include "decode/spelling.h"
#include "decode/spelling_private.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

static Word
WordOf(const char *text)
{
	Word		word;

	word.text = pg_server_to_any(text, strlen(text), PG_UTF8);
	word.len = strlen(word.text);
	return word;
}

static void
AddWord(Words *words, const char *text)
{
	words->words = words->n == 0 ? palloc(sizeof(Word))
		: repalloc(words->words, sizeof(Word) * (words->n + 1));
	words->words[words->n++] = WordOf(text);
}

/* Separated by |; an empty text is one as well. */
static Words
WordsOf(const char *list)
{
	Words		words = {0};
	ListCell   *lc;

	foreach(lc, SplitItems(list, '|'))
		AddWord(&words, lfirst(lc));
	return words;
}

/* A space and an apostrophe have forms that look alike. */
static Words
GroupingOf(const char *mark)
{
	Words		words = {0};

	if (mark == NULL)
		return words;
	AddWord(&words, mark);
	if (strcmp(mark, " ") == 0)
	{
		words.words = repalloc(words.words, sizeof(Word) * 4);
		words.words[words.n++] = (Word) {"\xC2\xA0", 2};
		words.words[words.n++] = (Word) {"\xE2\x80\xAF", 3};
		words.words[words.n++] = (Word) {"\xE2\x80\x89", 3};
	}
	if (strcmp(mark, "'") == 0)
	{
		words.words = repalloc(words.words, sizeof(Word) * 2);
		words.words[words.n++] = (Word) {"\xE2\x80\x99", 3};
	}
	return words;
}

static bool
IsNumber(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID ||
		type == FLOAT8OID || type == NUMERICOID;
}

static void
CheckType(bool fits, const char *value, const char *option, const char *column, Oid type,
		  const char *who)
{
	if (fits || value == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of type %s cannot have option \"%s\"", column,
					format_type_be(type), option),
			 errhint("Only columns of %s can have it.", who)));
}

static void
CheckTypes(const ValueSpelling *given, Oid type, const char *column)
{
	static const char numbers[] = "type smallint, integer, bigint, numeric, real or double precision";

	CheckType(IsNumber(type), given->decimal, "decimal", column, type, numbers);
	CheckType(IsNumber(type), given->grouping, "grouping", column, type, numbers);
	CheckType(IsNumber(type), given->currency, "currency", column, type, numbers);
	CheckType(IsNumber(type), given->percent, "percent", column, type, numbers);
	CheckType(type == BOOLOID, given->true_words, "true", column, type, "type boolean");
	CheckType(type == BOOLOID, given->false_words, "false", column, type, "type boolean");
}

/* Might it be taken for a part of the number, such as an exponent, or begin within it? */
static bool
IsLikeNumber(const Word *word)
{
	char		first = Lower(word->text[0]);

	if (!(first >= 'a' && first <= 'z') && first != '$' && !IS_HIGHBIT_SET(first))
		return true;
	return word->len > 1 && strchr("+-0123456789", word->text[1]) != NULL;
}

/* What SpellingBareNumber and SpellingPlainNumber look for. */
static void
SetMarks(Spelling *s)
{
	if (!s->is_number || s->percent == PERCENT_FRACTION || s->decimal.len != 1 ||
		(s->grouping.n > 0 && s->grouping.words[0].len != 1))
		return;
	for (int i = 0; i < s->currency.n; i++)
		if (IsLikeNumber(&s->currency.words[i]))
			return;
	s->mark = s->decimal.text[0];
	s->group = s->grouping.n > 0 ? s->grouping.words[0].text[0] : '\0';
	s->is_bare = !s->trim && s->nulls.n == 0 && s->percent == PERCENT_NONE && s->currency.n == 0;
}

Spelling *
SpellingCreate(const ValueSpelling *given, Oid type, const char *column)
{
	Spelling   *s;
	bool		is_number = given->decimal || given->grouping || given->currency || given->percent;

	CheckTypes(given, type, column);
	if (!is_number && given->true_words == NULL && given->nulls == NULL && !given->trim)
		return NULL;
	s = palloc0(sizeof(Spelling));
	s->trim = given->trim;
	s->nulls = WordsOf(given->nulls);
	s->is_number = is_number;
	s->decimal = WordOf(given->decimal ? given->decimal : ".");
	s->grouping = GroupingOf(given->grouping);
	s->currency = WordsOf(given->currency);
	if (given->percent != NULL)
		s->percent = strcmp(given->percent, "fraction") == 0 ? PERCENT_FRACTION : PERCENT_NUMBER;
	SetMarks(s);
	s->is_bool = given->true_words != NULL;
	s->true_words = WordsOf(given->true_words);
	s->false_words = WordsOf(given->false_words);
	return s;
}

Spelling *
SpellingOfLiterals(const Spelling *spelling)
{
	Spelling   *s;

	if (spelling == NULL || spelling->nulls.n == 0)
		return NULL;
	s = palloc0(sizeof(Spelling));
	s->nulls = spelling->nulls;
	return s;
}
