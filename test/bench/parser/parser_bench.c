/*
 * parser_bench.c
 *	  The pull parser alone against json-c: parse and touch every value of two layouts.
 *
 * Prints the medians of several interleaved rounds and their ratio, as TAP.
 */
#include "postgres.h"

#include <json-c/json.h>
#include <sys/resource.h>
#include <time.h>

#include "decode/json_reader.h"

#define ROUNDS 7
#define GOAL 10				/* times json-c */

typedef struct Text
{
	char	   *data;
	size_t		len;
	size_t		size;
} Text;

static void
Add(Text *t, const char *fmt,...)
{
	va_list		args;
	int			n;

	if (t->size - t->len < 512)
	{
		t->size = t->size ? 2 * t->size : 1 << 20;
		t->data = repalloc(t->data, t->size);
	}
	va_start(args, fmt);
	n = vsnprintf(t->data + t->len, t->size - t->len, fmt, args);
	va_end(args);
	t->len += n;
}

static Text
Records(int n)
{
	Text		t = {0};

	for (int i = 0; i < n; i++)
		Add(&t, "%c{\"order_id\":%d,\"ts\":\"2024-%02d-%02dT%02d:%02d:%02dZ\",\"store\":\"S%04d\","
			"\"product\":\"product number %d\",\"qty\":%d,\"price\":%d.%02d,\"currency\":\"EUR\","
			"\"customer\":\"customer-%06d\",\"channel\":\"%s\"}",
			i == 0 ? '[' : ',', 1000000 + i, i % 12 + 1, i % 28 + 1, i % 24, i % 60, i % 60,
			i % 9000, i % 500, i % 9 + 1, i % 400, i % 100, i % 200000, i % 3 ? "web" : "shop");
	Add(&t, "]");
	return t;
}

static Text
Columns(int points, int series)
{
	Text		t = {0};

	Add(&t, "{\"unix_seconds\":[");
	for (int i = 0; i < points; i++)
		Add(&t, "%s%d", i ? "," : "", 1704067200 + i * 900);
	Add(&t, "],\"production_types\":[");
	for (int s = 0; s < series; s++)
	{
		Add(&t, "%s{\"name\":\"series %d\",\"data\":[", s ? "," : "", s);
		for (int i = 0; i < points; i++)
		{
			if ((i * 7 + s) % 50 == 0)
				Add(&t, "%snull", i ? "," : "");
			else
				Add(&t, "%s%d.%d", i ? "," : "", (i * 37 + s * 101) % 20000, (i + s) % 10);
		}
		Add(&t, "]}");
	}
	Add(&t, "]}");
	return t;
}

static double
Now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- json-c ---- */

static size_t
Touch(json_object *o)
{
	size_t		sum = 0;

	switch (json_object_get_type(o))
	{
		case json_type_object:
			{
				json_object_object_foreach(o, key, value)
					sum += key[0] + Touch(value);
				break;
			}
		case json_type_array:
			for (size_t i = 0; i < json_object_array_length(o); i++)
				sum += Touch(json_object_array_get_idx(o, i));
			break;
		case json_type_string:
			sum = json_object_get_string_len(o);
			break;
		case json_type_double:
			sum = (size_t) json_object_get_double(o);
			break;
		case json_type_int:
			sum = json_object_get_int64(o);
			break;
		default:
			break;
	}
	return sum;
}

static size_t
WithJsonC(const Text *t)
{
	json_tokener *tokener = json_tokener_new();
	json_object *root = json_tokener_parse_ex(tokener, t->data, t->len);
	size_t		sum = Touch(root);

	json_object_put(root);
	json_tokener_free(tokener);
	return sum;
}

/* ---- the pull parser ---- */

typedef struct Chunks
{
	const Text *text;
	size_t		at;
} Chunks;

static bool
NextChunk(void *state, const char **data, size_t *len)
{
	Chunks	   *chunks = state;
	size_t		n = Min(chunks->text->len - chunks->at, 65536);

	*data = chunks->text->data + chunks->at;
	*len = n;
	chunks->at += n;
	return n > 0;
}

/* The number that the text says, as the record path needs it. */
static double
NumberOf(const char *s, size_t len)
{
	static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	uint64		mantissa = 0;
	size_t		point = len - 1;

	for (size_t i = s[0] == '-'; i < len; i++)
	{
		if (s[i] == '.')
			point = i;
		else
			mantissa = mantissa * 10 + (s[i] - '0');
	}
	return (s[0] == '-' ? -1 : 1) * ((double) mantissa / powers[len - 1 - point]);
}

static size_t
WithReader(const Text *t)
{
	static JsonReader *reader = NULL;
	Chunks		chunks = {t, 0};
	ByteSource	source = {NextChunk, NULL, &chunks};
	JsonToken	token;
	size_t		sum = 0;

	if (reader == NULL)
		reader = JsonReaderCreate(1 << 20, 100);
	JsonReaderOpen(reader, &source, JSON_ONE);
	while ((token = JsonNext(reader)) != JSON_END)
	{
		if (token == JSON_ERROR)
			abort();
		if (token == JSON_NUMBER)
			sum += (size_t) NumberOf(reader->text, reader->len);
		else if (token == JSON_STRING)
			sum += reader->len;
		else if (token == JSON_KEY)
			sum += reader->text[0];
	}
	return sum;
}

/* ---- rounds ---- */

static int	printed = 0;

static int
CompareDoubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

static double
Median(double *times)
{
	qsort(times, ROUNDS, sizeof(double), CompareDoubles);
	return times[ROUNDS / 2];
}

static void
Compare(const char *layout, const Text *t)
{
	double		json_c[ROUNDS];
	double		reader[ROUNDS];
	double		a;
	double		b;

	for (int i = -1; i < ROUNDS; i++)
	{
		double		start = Now();
		size_t		x = WithJsonC(t);
		double		middle = Now();
		size_t		y = WithReader(t);
		double		end = Now();

		if (x != y)
		{
			fprintf(stderr, "json-c saw %zu, the reader %zu\n", x, y);
			exit(1);
		}
		if (i < 0)
			continue;
		json_c[i] = middle - start;
		reader[i] = end - middle;
	}
	a = Median(json_c);
	b = Median(reader);
	printf("%sok %d - %s, %.1f MB: json-c %.1f MB/s, reader %.1f MB/s, ratio %.1f (goal %d)\n",
		   a / b < GOAL ? "not " : "", ++printed, layout, t->len / 1e6,
		   t->len / 1e6 / a, t->len / 1e6 / b, a / b, GOAL);
}

int
main(int argc, char **argv)
{
	int			scale = argc > 1 ? atoi(argv[1]) : 10;
	Text		records = Records(20000 * scale);
	Text		columns = Columns(35040, 2 * scale);

	Compare("records", &records);
	Compare("columnar arrays", &columns);
	printf("1..%d\n", printed);
	return 0;
}
