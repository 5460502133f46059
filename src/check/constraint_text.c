/*
 * constraint_text.c
 *	  Parse checks that are written like table constraints.
 *
 * They begin with reserved words, so no boolean expression begins like them. The text is parsed as a
 * constraint of an ALTER TABLE statement that is never executed.
 */
#include "base/compat.h"
#include "check/constraint_text.h"

#include "parser/parser.h"
#include "parser/scansup.h"

#define STATEMENT "ALTER TABLE t ADD "

static bool
IsWordCharacter(char c)
{
	return isalnum((unsigned char) c) || c == '_' || c == '$' || c == '"' || IS_HIGHBIT_SET(c);
}

static bool
IsWord(const char *text, const char *word)
{
	size_t		len = strlen(word);

	return pg_strncasecmp(text, word, len) == 0 && !IsWordCharacter(text[len]);
}

static const char *
SkipSpace(const char *text)
{
	while (scanner_isspace(*text))
		text++;
	return text;
}

bool
BeginsWithKeyword(const char *text, const char *keyword)
{
	return IsWord(SkipSpace(text), keyword);
}

const char *
LastWords(const char *text, const char *first, const char *second)
{
	for (const char *at = text + strlen(text) - 1; at > text; at--)
		if (!IsWordCharacter(at[-1]) && IsWord(at, first) &&
			IsWord(SkipSpace(at + strlen(first)), second))
			return at;
	return NULL;
}

char *
WithoutLastWords(const char *text, const char *first, const char *second)
{
	const char *at = LastWords(text, first, second);

	if (at == NULL || *SkipSpace(SkipSpace(at + strlen(first)) + strlen(second)) != '\0')
		return NULL;
	return pnstrdup(text, at - text);
}

/* Positions refer to the check's own text. */
static void
ShiftPosition(void *arg)
{
	int			shift = strlen(STATEMENT);

	if (geterrposition() > shift)
		errposition(geterrposition() - shift);
}

static List *
ParseStatement(const char *text)
{
	ErrorContextCallback context = {
		.callback = ShiftPosition,
		.previous = error_context_stack
	};
	List	   *statements;

	error_context_stack = &context;
	statements = raw_parser(psprintf(STATEMENT "%s", text), RAW_PARSE_DEFAULT);
	error_context_stack = context.previous;
	return statements;
}

Constraint *
ConstraintParse(const char *text)
{
	List	   *statements = ParseStatement(text);
	AlterTableStmt *alter = (AlterTableStmt *) linitial_node(RawStmt, statements)->stmt;
	AlterTableCmd *command;

	if (list_length(statements) != 1 || !IsA(alter, AlterTableStmt) ||
		list_length(alter->cmds) != 1)
		return NULL;
	command = linitial_node(AlterTableCmd, alter->cmds);
	if (command->subtype != AT_AddConstraint || !IsA(command->def, Constraint))
		return NULL;
	return (Constraint *) command->def;
}
