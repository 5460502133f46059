/*
 * value_facts.c
 *	  Gather what the values of a field have in common.
 */
#include "postgres.h"
#include "infer/value_facts.h"

#include "common/hashfn.h"
#include "decode/json_string.h"
#include "utils/builtins.h"

#define EXAMPLE_BYTES 60

/* 2001-09-09 and 2100-01-01 in seconds since 1970. */
#define FIRST_SECOND INT64CONST(1000000000)
#define LAST_SECOND INT64CONST(4102444800)

ValueFacts *
ValueFactsCreate(void)
{
	return palloc0(sizeof(ValueFacts));
}

int64
ValueFactsCount(const ValueFacts *facts)
{
	return facts->texts + facts->numbers + facts->booleans + facts->nonfinite;
}

/* ---- identity ---- */

static void
AddIdentity(ValueFacts *facts, int64 record, const char *text, size_t len)
{
	Identity   *identity;

	if (facts->nidentities == FACTS_IDENTITIES)
		return;
	if (facts->identities == NULL)
		facts->identities = palloc(sizeof(Identity) * 16);
	else if (facts->nidentities >= 16 && (facts->nidentities & (facts->nidentities - 1)) == 0)
		facts->identities = repalloc(facts->identities,
									 sizeof(Identity) * facts->nidentities * 2);
	identity = &facts->identities[facts->nidentities++];
	identity->record = record;
	identity->hash = hash_bytes_extended((const unsigned char *) text, len, 0);
}

static void
AddExample(ValueFacts *facts, int64 record, const char *text, size_t len)
{
	if (facts->first == NULL)
		facts->first = pnstrdup(text, Utf8Clip(text, len, EXAMPLE_BYTES));
	facts->longest = Max(facts->longest, (int) len);
	AddIdentity(facts, record, text, len);
}

/* ---- numbers ---- */

static void
AddInteger(ValueFacts *facts, const char *text, size_t len)
{
	char		buffer[24];
	int64		value;
	char	   *end;

	if (len >= sizeof(buffer))
	{
		facts->above_int4 = facts->above_int8 = true;
		return;
	}
	memcpy(buffer, text, len);
	buffer[len] = '\0';
	errno = 0;
	value = strtoll(buffer, &end, 10);
	if (errno == ERANGE)
		facts->above_int4 = facts->above_int8 = true;
	if (value < PG_INT32_MIN || value > PG_INT32_MAX)
		facts->above_int4 = true;
	if (value >= FIRST_SECOND && value < LAST_SECOND)
		facts->seconds++;
	if (value >= FIRST_SECOND * 1000 && value < LAST_SECOND * 1000)
		facts->milliseconds++;
}

static void
AddNumber(ValueFacts *facts, const char *text, size_t len)
{
	facts->numbers++;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '.' || text[i] == 'e' || text[i] == 'E')
		{
			facts->decimals++;
			return;
		}
	facts->integers++;
	AddInteger(facts, text, len);
}

void
ValueFactsAddToken(ValueFacts *facts, int64 record, JsonToken token, const char *text, size_t len)
{
	switch (token)
	{
		case JSON_NUMBER:
			AddNumber(facts, text, len);
			break;
		case JSON_TRUE:
		case JSON_FALSE:
			facts->booleans++;
			break;
		case JSON_NONFINITE:
			facts->nonfinite++;
			break;
		default:
			return;
	}
	AddExample(facts, record, text, len);
}

/* ---- texts ---- */

static void
NoteMax(int *max, int value)
{
	*max = Max(*max, value);
}

/* The parts of a date that LooksLocal has found; then of a time, 10:30, 10:30:59 or 10:30:59.123. */
static void
AddLocalDate(LocalDates *local, const char *text, size_t len)
{
	char		copy[40];
	int			parts[3] = {0};
	char		separator = '\0';
	int			read = 0;
	int			hour = 0;
	int			minute = 0;
	int			second = 0;
	int			fraction = -1;
	const char *rest;

	if (len >= sizeof(copy))
	{
		local->mixed = true;
		return;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (sscanf(copy, "%d%c%d%*c%d%n", &parts[0], &separator, &parts[1], &parts[2], &read) != 4)
		local->mixed = true;
	rest = copy + read;
	if (*rest != '\0')
	{
		int			n = sscanf(rest + 1, "%2d:%2d:%2d.%n%*[0-9]", &hour, &minute, &second, &fraction);
		size_t		digits = strspn(rest + 1, "0123456789:.");

		if (n < 2 || rest[1 + digits] != '\0' || *rest != ' ' || hour > 23 || minute > 59)
			local->mixed = true;
		if (local->separator != '\0' && (!local->has_time || local->has_seconds != (n >= 3)))
			local->mixed = true;
		local->has_time = true;
		local->has_seconds = n >= 3;
		local->has_fraction |= fraction >= 0;
	}
	else if (local->has_time)
		local->mixed = true;
	if (local->separator != '\0' &&
		(local->separator != separator || local->year_first != (parts[0] > 31)))
		local->mixed = true;
	local->separator = separator;
	local->year_first = parts[0] > 31;
	NoteMax(&local->first_max, local->year_first ? parts[1] : parts[0]);
	NoteMax(&local->second_max, local->year_first ? parts[2] : parts[1]);
}

static void
NoteNullWord(ValueFacts *facts, const char *text, size_t len)
{
	for (int i = 0; i < FACTS_NULL_WORDS; i++)
	{
		if (facts->null_words[i] == NULL)
			facts->null_words[i] = pnstrdup(text, len);
		if (strlen(facts->null_words[i]) == len && memcmp(facts->null_words[i], text, len) == 0)
			return;
	}
	/* more of them than are usual: they are texts */
	facts->classes[TEXT_OTHER]++;
}

/* 1,234 may have a comma between thousands. */
static void
NoteComma(ValueFacts *facts, const char *text, size_t len)
{
	const char *comma = memchr(text, ',', len);

	facts->has_groups |= memchr(text, '.', len) != NULL;
	facts->comma_certain |= text + len - comma != 4 || memchr(text, '.', len) != NULL;
}

void
ValueFactsAddText(ValueFacts *facts, int64 record, const char *text, size_t len)
{
	const char *trimmed = text;
	size_t		left = len;
	TextClass	class;

	while (left > 0 && *trimmed == ' ')
		trimmed++, left--;
	while (left > 0 && trimmed[left - 1] == ' ')
		left--;
	facts->texts++;
	facts->padded |= left < len;
	class = TextClassOf(trimmed, left);
	facts->classes[class]++;
	if (class == TEXT_INTEGER)
	{
		AddInteger(facts, trimmed, left);
		facts->is_signed |= *trimmed == '-';
	}
	if (class == TEXT_LOCAL_DATE)
		AddLocalDate(&facts->local, trimmed, left);
	if (class == TEXT_COMMA)
		NoteComma(facts, trimmed, left);
	if (class == TEXT_NULL_WORD)
		NoteNullWord(facts, trimmed, left);
	if (class != TEXT_EMPTY && class != TEXT_NULL_WORD)
		AddExample(facts, record, text, len);
}
