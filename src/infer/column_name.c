/*
 * column_name.c
 *	  Make column names of the names of fields, and see what these say.
 */
#include "postgres.h"
#include "infer/column_name.h"

#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

/* Names that a table or its target cannot have, or that expressions use otherwise. */
static const char *const taken[] = {
	"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "value"
};

static inline bool
IsUpper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
IsLowerOrDigit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static inline bool
IsNameChar(char c)
{
	return IsUpper(c) || IsLowerOrDigit(c) || IS_HIGHBIT_SET(c);
}

/* Does a word begin at name[i]: orderId, HTTPStatus? */
static bool
BeginsWord(const char *name, int i)
{
	if (i == 0 || !IsUpper(name[i]))
		return false;
	if (name[i - 1] >= 'a' && name[i - 1] <= 'z')
		return true;
	return IsUpper(name[i - 1]) && name[i + 1] >= 'a' && name[i + 1] <= 'z';
}

/* Room for a number behind it. */
#define MAX_NAME (NAMEDATALEN - 5)

char *
ColumnNameClean(const char *name)
{
	StringInfoData clean;

	initStringInfo(&clean);
	for (int i = 0; name[i] != '\0'; i++)
	{
		bool		gap = !IsNameChar(name[i]) || BeginsWord(name, i);

		if (gap && clean.len > 0 && clean.data[clean.len - 1] != '_')
			appendStringInfoChar(&clean, '_');
		if (IsNameChar(name[i]))
			appendStringInfoChar(&clean, IsUpper(name[i]) ? name[i] + ('a' - 'A') : name[i]);
	}
	while (clean.len > 0 && clean.data[clean.len - 1] == '_')
		clean.data[--clean.len] = '\0';
	if (clean.len == 0)
		appendStringInfoString(&clean, "field");
	if (clean.data[0] >= '0' && clean.data[0] <= '9')
		return psprintf("_%s", clean.data);
	for (int i = 0; i < lengthof(taken); i++)
		if (strcmp(clean.data, taken[i]) == 0)
			appendStringInfoString(&clean, "_");
	return clean.data;
}

char *
ColumnNameTake(List **names, const char *name)
{
	char	   *base = pnstrdup(name, pg_encoding_mbcliplen(PG_UTF8, name, strlen(name), MAX_NAME));
	char	   *taken_name = base;

	for (int n = 2; NamesContain(*names, taken_name); n++)
		taken_name = psprintf("%s_%d", base, n);
	*names = lappend(*names, taken_name);
	return taken_name;
}

/* ---- what names say ---- */

/* Is one of the words between underscores among these? */
static bool
HasWord(const char *name, const char *const *words, int nwords)
{
	const char *start = name;

	for (;;)
	{
		size_t		len = strcspn(start, "_");

		for (int i = 0; i < nwords; i++)
			if (strlen(words[i]) == len && memcmp(words[i], start, len) == 0)
				return true;
		if (start[len] == '\0')
			return false;
		start += len + 1;
	}
}

bool
NameSaysTime(const char *name)
{
	static const char *const words[] = {
		"time", "times", "date", "at", "ts", "tst", "tsi", "dt", "timestamp", "timestamps", "datetime",
		"unix", "epoch", "created", "updated", "modified", "changed", "expires", "expiry", "since",
		"until", "start", "end", "begin", "sunrise", "sunset", "moonrise", "moonset", "on", "contact",
		"position", "arrival", "departure", "due", "seen", "ms", "seconds"
	};

	return HasWord(name, words, lengthof(words));
}

bool
NameSaysCode(const char *name)
{
	static const char *const words[] = {
		"code", "zip", "postal", "postcode", "plz", "phone", "fax", "mobile", "mask", "sku", "account",
		"iban", "bic", "isbn", "gtin", "ean", "upc", "mprn", "mpan", "serial", "version", "imo",
		"squawk", "barcode", "token", "key", "hash", "reference", "ref", "number", "no", "last4",
		"fingerprint", "ssn", "vat"
	};

	return HasWord(name, words, lengthof(words));
}

static bool
EndsWith(const char *name, const char *end)
{
	size_t		len = strlen(name);

	return len > strlen(end) && strcmp(name + len - strlen(end), end) == 0;
}

int
NameSaysKey(const char *name)
{
	static const char *const names[] = {"id", "uuid", "guid", "key", "identifier", "uid"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return 1;
	if (EndsWith(name, "_id") || EndsWith(name, "_uuid") || EndsWith(name, "_key"))
		return 2;
	return 0;
}
