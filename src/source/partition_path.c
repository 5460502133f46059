/*
 * partition_path.c
 *	  Values that the directories of a file have in their names, as in "dt=2024-01-01/part.csv".
 *
 * That is how Hive lays out partitions: characters that no file name may have are written as %2F, and
 * a null has a name of its own.
 */
#include "base/compat.h"
#include "source/partition_path.h"

#include "mb/pg_wchar.h"

static int
HexDigit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * With %2F as /. A sign that begins no such code stands for itself, and so do all of them where they
 * are no text in the encoding of the database.
 */
static char *
Decoded(const char *text, size_t len)
{
	char	   *result = palloc(len + 1);
	char	   *end = result;

	for (size_t i = 0; i < len; i++)
	{
		int			high = text[i] == '%' && i + 2 < len ? HexDigit(text[i + 1]) : -1;
		int			low = high >= 0 ? HexDigit(text[i + 2]) : -1;

		if (low >= 0 && (high > 0 || low > 0))
		{
			*end++ = high * 16 + low;
			i += 2;
		}
		else
			*end++ = text[i];
	}
	*end = '\0';
	return pg_verifymbstr(result, end - result, true) ? result : pnstrdup(text, len);
}

/* The first directory that has it counts. */
char *
PartitionText(const char *path, const char *key, bool *found)
{
	size_t		len = strlen(key);
	const char *slash;

	for (; (slash = strchr(path, '/')) != NULL; path = slash + 1)
	{
		const char *value = path + len + 1;

		if ((size_t) (slash - path) <= len || strncmp(path, key, len) != 0 || path[len] != '=')
			continue;
		if (found != NULL)
			*found = true;
		if ((size_t) (slash - value) == strlen(PARTITION_NULL) &&
			strncmp(value, PARTITION_NULL, strlen(PARTITION_NULL)) == 0)
			return NULL;
		return Decoded(value, slash - value);
	}
	if (found != NULL)
		*found = false;
	return NULL;
}
