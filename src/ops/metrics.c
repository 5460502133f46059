/*
 * metrics.c
 *	  elt.metrics, as rows and as text of OpenMetrics.
 */
#include "base/compat.h"

#include "base/extension.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "ops/metric.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

static JsonbValue
JsonString(const char *text)
{
	JsonbValue	v;

	v.type = jbvString;
	v.val.string.val = unconstify(char *, text);
	v.val.string.len = strlen(text);
	return v;
}

static Datum
LabelsAsJson(const MetricSample *sample)
{
	JsonbParseState *state = NULL;
	JsonbValue *object;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < sample->labels; i++)
	{
		JsonbValue	key = JsonString(sample->keys[i]);
		JsonbValue	value;

		if (sample->values[i] == NULL)
			continue;
		value = JsonString(sample->values[i]);
		pushJsonbValue(&state, WJB_KEY, &key);
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	object = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return JsonbPGetDatum(JsonbValueToJsonb(object));
}

static void
PutRow(void *arg, const MetricSample *sample)
{
	ReturnSetInfo *result = arg;
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = CStringGetTextDatum(sample->name);
	values[1] = CStringGetTextDatum(MetricTypeName(sample->metric));
	values[2] = CStringGetTextDatum(sample->metric->help);
	values[3] = LabelsAsJson(sample);
	values[4] = Float8GetDatum(sample->value);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(elt_metrics);
Datum
elt_metrics(PG_FUNCTION_ARGS)
{
	ExtensionCheckVersion();
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	MetricsRead(PutRow, fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}

static void
AppendEscaped(StringInfo text, const char *value)
{
	for (; *value != '\0'; value++)
	{
		if (*value == '\n')
			appendStringInfoString(text, "\\n");
		else if (*value == '"' || *value == '\\')
			appendStringInfo(text, "\\%c", *value);
		else
			appendStringInfoChar(text, *value);
	}
}

static void
AppendLabels(StringInfo text, const MetricSample *sample)
{
	char		separator = '{';

	for (int i = 0; i < sample->labels; i++)
	{
		if (sample->values[i] == NULL)
			continue;
		appendStringInfo(text, "%c%s=\"", separator, sample->keys[i]);
		AppendEscaped(text, sample->values[i]);
		appendStringInfoChar(text, '"');
		separator = ',';
	}
	if (separator == ',')
		appendStringInfoChar(text, '}');
}

/* The last word of the name, if it is a unit. */
static const char *
UnitOf(const Metric *metric)
{
	const char *last = strrchr(metric->name, '_') + 1;

	return strcmp(last, "seconds") == 0 || strcmp(last, "bytes") == 0 ? last : NULL;
}

static void
BeginFamily(StringInfo text, const Metric *metric)
{
	appendStringInfo(text, "# TYPE %s %s\n", metric->name, MetricTypeName(metric));
	if (UnitOf(metric) != NULL)
		appendStringInfo(text, "# UNIT %s %s\n", metric->name, UnitOf(metric));
	appendStringInfo(text, "# HELP %s %s\n", metric->name, metric->help);
}

/* Samples of a family must stand together, however they come. */
static void
AppendSample(void *arg, const MetricSample *sample)
{
	StringInfo	text = &((StringInfo) arg)[sample->family];

	if (text->len == 0)
		BeginFamily(text, sample->metric);
	appendStringInfoString(text, sample->name);
	AppendLabels(text, sample);
	appendStringInfo(text, " %s\n", DatumGetCString(DirectFunctionCall1(float8out,
																		Float8GetDatum(sample->value))));
}

static int
FamilyCount(void)
{
	int			count = 0;

	for (int i = 0; i < MetricViewCount; i++)
		count += MetricViews[i].count;
	return count;
}

/*
 * elt.metrics_text()
 *		The families in the order of the table. The end of the last line is left to what prints it.
 */
PG_FUNCTION_INFO_V1(elt_metrics_text);
Datum
elt_metrics_text(PG_FUNCTION_ARGS)
{
	int			count = FamilyCount();
	StringInfoData *families = palloc(sizeof(StringInfoData) * count);
	StringInfoData text;

	ExtensionCheckVersion();
	for (int i = 0; i < count; i++)
		initStringInfo(&families[i]);
	initStringInfo(&text);
	SPI_connect();
	MetricsRead(AppendSample, families);
	SPI_finish();
	for (int i = 0; i < count; i++)
		appendBinaryStringInfo(&text, families[i].data, families[i].len);
	appendStringInfoString(&text, "# EOF");
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}
