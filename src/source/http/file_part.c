/*
 * file_part.c
 *	  Which fields of a multipart body are sent as files.
 */
#include "base/compat.h"
#include "source/http/file_part.h"

#define SPACES " \t\r\n"
#define ANY_TYPE "application/octet-stream"

/* The next word of an item, or NULL at its end. */
static char *
NextWord(char **item)
{
	char	   *word = *item + strspn(*item, SPACES);
	size_t		len = strcspn(word, SPACES);

	if (len == 0)
		return NULL;
	*item = word + len + (word[len] != '\0');
	word[len] = '\0';
	return word;
}

/* What stands in a header, in quotes or not. */
static bool
IsPlain(const char *word)
{
	for (; *word != '\0'; word++)
		if ((unsigned char) *word <= ' ' || *word == '"' || *word == '\\' || *word == 0x7f)
			return false;
	return true;
}

static bool
IsType(const char *word)
{
	const char *slash = strchr(word, '/');

	return slash != NULL && slash > word && slash[1] != '\0';
}

static FilePart *
ReadItem(char *item)
{
	FilePart   *part = palloc(sizeof(FilePart));

	part->field = NextWord(&item);
	part->file = NextWord(&item);
	part->type = NextWord(&item);
	if (part->file == NULL || NextWord(&item) != NULL || !IsPlain(part->file))
		return NULL;
	if (part->type == NULL)
		part->type = ANY_TYPE;
	return IsPlain(part->type) && IsType(part->type) ? part : NULL;
}

List *
FilePartsRead(const char *text, const char **detail)
{
	char	   *rest = pstrdup(text);
	List	   *parts = NIL;

	while (rest != NULL)
	{
		char	   *item = rest;
		FilePart   *part;

		rest = strchr(item, ',');
		if (rest != NULL)
			*rest++ = '\0';
		part = ReadItem(item);
		if (part == NULL)
		{
			*detail = "The value must consist of a field, a file name and optionally a content type, "
				"separated by spaces; several of them are separated by commas.";
			return NIL;
		}
		parts = lappend(parts, part);
	}
	return parts;
}

const FilePart *
FilePartOf(List *parts, const char *field, size_t len)
{
	ListCell   *lc;

	foreach(lc, parts)
	{
		const FilePart *part = lfirst(lc);

		if (strlen(part->field) == len && strncmp(part->field, field, len) == 0)
			return part;
	}
	return NULL;
}
