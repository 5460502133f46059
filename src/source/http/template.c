/*
 * template.c
 *	  Fill the placeholders of a path or query.
 */
#include "base/compat.h"
#include "source/http/template.h"

#include "base/sql_name.h"
#include "transport/url.h"

typedef struct Piece
{
	const char *literal;		/* text before the placeholder */
	int			literal_length;
	char	   *name;			/* NULL: the text ended, or the literal was a doubled brace */
	const char *problem;		/* not NULL: the text is malformed here */
} Piece;

static bool
IsNameByte(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || IS_HIGHBIT_SET(c);
}

size_t
PlaceholderNameLength(const char *text)
{
	const char *end = text;

	while (IsNameByte(*end))
		end++;
	return end - text;
}

static const char *
ReadName(const char *open, Piece *piece)
{
	const char *end = open + 1 + PlaceholderNameLength(open + 1);

	if (end == open + 1 || *end != '}')
	{
		piece->problem = "A placeholder must have the form {name}. Write a literal brace twice.";
		return NULL;
	}
	piece->name = pnstrdup(open + 1, end - open - 1);
	return end + 1;
}

/* Split off the next piece; returns where the rest begins, NULL at the end. */
static const char *
NextPiece(const char *text, Piece *piece)
{
	size_t		length = strcspn(text, "{}");

	piece->literal = text;
	piece->literal_length = length;
	piece->name = NULL;
	piece->problem = NULL;
	if (text[length] == '\0')
		return NULL;
	if (text[length] == text[length + 1])
	{
		piece->literal_length++;
		return text + length + 2;
	}
	if (text[length] == '{')
		return ReadName(text + length, piece);
	piece->problem = "Unmatched }. Write a literal brace twice.";
	return NULL;
}

List *
TemplateNames(const char *text, const char **problem)
{
	List	   *names = NIL;
	Piece		piece;

	*problem = NULL;
	while (text != NULL)
	{
		text = NextPiece(text, &piece);
		if (piece.problem != NULL)
		{
			*problem = piece.problem;
			return NIL;
		}
		if (piece.name != NULL && !NamesContain(names, piece.name))
			names = lappend(names, piece.name);
	}
	return names;
}

static void
Fill(StringInfo out, const char *text, TemplateValue value, void *arg,
	 void (*append) (StringInfo out, const char *value))
{
	Piece		piece;

	while (text != NULL)
	{
		text = NextPiece(text, &piece);
		appendBinaryStringInfo(out, piece.literal, piece.literal_length);
		if (piece.name != NULL)
			append(out, value(piece.name, arg));
	}
}

void
TemplateFill(StringInfo out, const char *text, TemplateValue value, void *arg)
{
	Fill(out, text, value, arg, appendStringInfoString);
}

void
TemplateExpand(StringInfo out, const char *text, TemplateValue value, void *arg)
{
	Fill(out, text, value, arg, UrlEncode);
}
