/*
 * pipeline_option.c
 *	  The table of pipeline options, and their values in definitions.
 */
#include "base/compat.h"
#include "catalog/pipeline_option.h"

#include "base/sql.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#define FIELD(field) .name = #field, .offset = offsetof(Pipeline, field)
#define PERCENT .type = FLOAT8OID, .min = 0, .max = 100

#define ARGUMENT OPTION_ARGUMENT
#define ALTERABLE OPTION_ALTERABLE
#define PACE (OPTION_ALTERABLE | OPTION_PACE)
#define POLICY OPTION_POLICY
#define RUN OPTION_RUN

#define MERGING {"append", "upsert", "replace", "replace_window"}
#define ORDERED {"upsert", "scd2"}
#define HISTORY {"scd2"}

const PipelineOption PipelineOptions[] = {
	{FIELD(key), .type = TEXTARRAYOID, .initial = "{}", .traits = ARGUMENT | OPTION_COLUMNS,
		.description = "columns that identify a row; upsert and scd2 need them"},
	{FIELD(strategy), .type = TEXTOID, .initial = "upsert",
		.values = {"append", "upsert", "scd2", "replace", "replace_window"}, .traits = ARGUMENT,
		.description = "how a batch is merged into its target: append, upsert, scd2, replace or "
		"replace_window"},
	{FIELD(params), .type = JSONBOID, .initial = "{}", .traits = ARGUMENT | PACE | RUN,
		.description = "values of each param of the source; all their combinations are requested"},
	{FIELD(start_at), .type = TIMESTAMPTZOID, .present = offsetof(Pipeline, has_start_at),
		.traits = ARGUMENT | ALTERABLE | RUN,
		.description = "start of the first window; required when the source has windows"},
	{FIELD(lookback), .type = INTERVALOID, .initial = "0",
		.traits = ARGUMENT | PACE | OPTION_NOT_NEGATIVE | RUN,
		.description = "how far behind the cursor each read starts, for revised values; needs windows or a "
		"cursor that is a time"},
	{FIELD(schedule), .type = TEXTOID, .traits = ARGUMENT | PACE | RUN,
		.description = "when it runs: five fields of cron, a word such as @daily, an interval such as "
		"'every 30 seconds', or continuous"},
	{FIELD(partition_by), .type = TEXTOID, .strategies = MERGING, .traits = ARGUMENT | OPTION_COLUMNS,
		.description = "time column of the key by whose range the target is partitioned"},
	{FIELD(partition_interval), .type = INTERVALOID, .strategies = MERGING,
		.traits = ARGUMENT | POLICY | OPTION_POSITIVE,
		.description = "length of a partition"},
	{FIELD(retain), .type = INTERVALOID, .strategies = MERGING,
		.traits = ARGUMENT | ALTERABLE | POLICY | OPTION_POSITIVE,
		.description = "how long partitions are kept; forever unless set"},

	{FIELD(schedule_time_zone), .type = TEXTOID, .initial = "UTC", .traits = PACE | RUN,
		.description = "time zone of the schedule"},
	{FIELD(catch_up), .type = TEXTOID, .initial = "last", .values = {"none", "last", "all"},
		.traits = PACE | RUN,
		.description = "which slots of the schedule run that were missed: none, the last or all"},
	{FIELD(max_delay), .type = INTERVALOID, .initial = "00:00:10",
		.traits = PACE | OPTION_POSITIVE | RUN,
		.description = "longest pause between two runs of a continuous schedule, or between two "
		"looks for files"},
	{FIELD(priority), .type = INT4OID, .initial = "0", .min = -1000, .max = 1000,
		.traits = PACE | RUN,
		.description = "of several runs that are due, those of a higher priority start first"},
	{FIELD(pool), .type = TEXTOID, .traits = PACE | RUN,
		.description = "pool that limits how many of its pipelines run at the same time"},
	{FIELD(after), .type = TEXTARRAYOID, .initial = "{}", .traits = PACE | RUN,
		.description = "pipelines whose runs it waits for, or follows if it has no schedule"},
	{FIELD(after_rule), .type = TEXTOID, .initial = "all", .values = {"all", "any", "always"},
		.traits = PACE | RUN,
		.description = "whether all of these must have succeeded, or any, or all have ended, even failed"},
	{FIELD(run_when), .type = TEXTOID, .traits = PACE | RUN,
		.description = "condition without which a run that was not called is skipped"},
	{FIELD(before_landing), .type = TEXTOID, .traits = ALTERABLE | RUN,
		.description = "SQL statements that each batch executes before it is merged"},
	{FIELD(on_landed), .type = TEXTOID, .traits = ALTERABLE | RUN,
		.description = "SQL statements that each batch executes in the transaction in which it lands"},
	{FIELD(tags), .type = TEXTARRAYOID, .initial = "{}", .traits = PACE | RUN,
		.description = "words by which elt.run_all selects it"},
	{FIELD(load), .type = TEXTOID, .initial = "incremental", .values = {"incremental", "full"},
		.traits = RUN,
		.description = "whether each run requests what is new or everything"},
	{FIELD(full_every), .type = INTERVALOID, .load = "incremental",
		.traits = PACE | OPTION_POSITIVE | RUN,
		.description = "how often a run requests everything instead of what is new; never unless set"},
	{FIELD(params_query), .type = TEXTOID, .traits = ALTERABLE | RUN,
		.description = "query whose rows are combinations of params"},
	{FIELD(cursor_column), .type = TEXTOID, .load = "incremental",
		.traits = OPTION_COLUMNS | RUN,
		.description = "column of the source whose greatest landed value the next run continues from"},
	{FIELD(window_interval), .type = INTERVALOID, .traits = OPTION_POSITIVE | RUN,
		.description = "length of the windows by which a table or view is read"},
	{FIELD(window_column), .type = TEXTOID, .traits = OPTION_COLUMNS | RUN,
		.description = "column of a table or view by which it is read in windows"},
	{FIELD(source_time_zone), .type = TEXTOID, .initial = "UTC", .traits = RUN,
		.description = "time zone of windows, and of times without one in the cursor or window column of a "
		"table or view"},
	{FIELD(key_ranges), .type = INT4OID, .min = 2, .max = 1000, .load = "incremental",
		.traits = PACE | RUN,
		.description = "number of ranges of the key by which a table or view is read, one after the other"},
	{FIELD(changes_of), .type = TEXTARRAYOID, .initial = "{}", .load = "full", .traits = RUN,
		.description = "pipelines whose landed changes restrict what is read of a view over their targets"},
	{FIELD(key_map), .type = TEXTOID, .load = "full", .traits = RUN,
		.description = "query for the keys of a view that those changes affect, from elt.changed_keys"},
	{FIELD(publication_delay), .type = INTERVALOID, .initial = "0", .traits = PACE | RUN,
		.description = "nothing newer than now minus this is requested; negative requests ahead"},
	{FIELD(not_yet_limit), .type = INTERVALOID, .traits = PACE | OPTION_NOT_NEGATIVE | RUN,
		.description = "a window that is not published after this long fails"},
	{FIELD(fail_after), .type = INT4OID, .min = 1, .max = PG_INT32_MAX, .traits = PACE | RUN,
		.description = "number of failed slices that ends a run"},
	{FIELD(max_attempts), .type = INT4OID, .initial = "5", .min = 1, .max = PG_INT32_MAX,
		.traits = PACE | RUN,
		.description = "number of attempts in all when a run from the queue fails"},
	{FIELD(retry_period), .type = INTERVALOID, .initial = "00:00:30",
		.traits = PACE | OPTION_POSITIVE | RUN,
		.description = "delay before an attempt follows one that failed, times the number of those"},
	{FIELD(suspend_after), .type = INT4OID, .initial = "10", .min = 0, .max = PG_INT32_MAX,
		.traits = PACE | RUN,
		.description = "number of failures in a row after which it is tried only now and then; 0: never"},
	{FIELD(max_runtime), .type = INTERVALOID, .traits = PACE | OPTION_POSITIVE | RUN,
		.description = "a run that lasts longer fails"},
	{FIELD(max_staleness), .type = INTERVALOID, .traits = PACE | OPTION_POSITIVE | RUN,
		.description = "age of the last success after which it is late"},
	{FIELD(batch_rows), .type = INT8OID, .initial = "200000", .min = 1, .max = PG_INT64_MAX,
		.traits = PACE | RUN,
		.description = "a batch ends at the first slice after this many rows"},
	{FIELD(batch_bytes), .type = INT8OID, .initial = "268435456", .min = 1, .max = PG_INT64_MAX,
		.traits = PACE | RUN,
		.description = "a batch ends at the first slice after this many bytes of responses"},
	{FIELD(batch_seconds), .type = INT4OID, .initial = "60", .min = 1, .max = PG_INT32_MAX,
		.traits = PACE | RUN,
		.description = "an incremental batch ends at the first slice after this many seconds"},
	{FIELD(max_reject_percent), PERCENT, .initial = "50", .traits = PACE,
		.description = "a batch of 100 rows or more fails when more than this share of it is rejected"},
	{FIELD(reject_raw_bytes), .type = INT4OID, .initial = "1048576", .min = 1024,
		.max = 64 * 1024 * 1024, .traits = PACE,
		.description = "how much of the text of a rejected record is kept, in bytes; a longer one "
		"cannot be replayed"},
	{FIELD(max_rejects_kept), .type = INT8OID, .initial = "100000", .min = 1, .max = PG_INT64_MAX,
		.traits = PACE,
		.description = "number of rejects of one check or reason that a batch keeps; others are only "
		"counted"},
	{FIELD(reject_retention), .type = INTERVALOID, .initial = "90 days",
		.traits = PACE | OPTION_POSITIVE,
		.description = "how long rejects are kept after they were settled, or were rejected if they are "
		"open"},
	{FIELD(on_missing_field), .type = TEXTOID, .initial = "warn",
		.values = {"warn", "hold", "ignore"}, .traits = PACE,
		.description = "what happens when a declared field is no longer delivered"},
	{FIELD(on_new_field), .type = TEXTOID, .initial = "record",
		.values = {"ignore", "record", "add", "hold"}, .traits = PACE,
		.description = "what happens when a field is delivered that no column reads"},
	{FIELD(on_type_change), .type = TEXTOID, .initial = "propose",
		.values = {"reject", "propose"}, .traits = PACE,
		.description = "whether another type is proposed when that of a column refuses values"},
	{FIELD(max_new_columns), .type = INT4OID, .initial = "20", .min = 1, .max = 1000,
		.traits = PACE,
		.description = "number of columns that are added in a day"},

	{FIELD(sequence_by), .type = TEXTARRAYOID, .initial = "{}", .strategies = ORDERED,
		.traits = OPTION_COLUMNS,
		.description = "columns that tell which of two rows of a key is newer"},
	{FIELD(delete_when), .type = TEXTOID, .strategies = ORDERED,
		.description = "condition that makes a row a delete of its key"},
	{FIELD(tombstone_retention), .type = INTERVALOID, .strategies = {"upsert"},
		.traits = ALTERABLE | OPTION_NOT_NEGATIVE,
		.description = "how long the tombstones of deleted keys are kept; forever unless set"},
	{FIELD(update_columns), .type = TEXTARRAYOID, .initial = "{}", .strategies = {"upsert"},
		.traits = OPTION_COLUMNS,
		.description = "the only columns that an update writes; all when empty"},
	{FIELD(insert_only_columns), .type = TEXTARRAYOID, .initial = "{}", .strategies = {"upsert"},
		.traits = OPTION_COLUMNS,
		.description = "columns that no update writes"},
	{FIELD(replace_by), .type = TEXTARRAYOID, .initial = "{}", .strategies = {"replace"},
		.traits = OPTION_COLUMNS,
		.description = "columns within whose values the rows of the target become those of a batch"},
	{FIELD(history_by), .type = TEXTOID, .initial = "event", .values = {"event", "load"},
		.strategies = HISTORY,
		.description = "whether a change became true at the time in sequence_by or when the load began"},
	{FIELD(track_columns), .type = TEXTARRAYOID, .initial = "{}", .strategies = HISTORY,
		.traits = OPTION_COLUMNS,
		.description = "columns whose change makes a new version; all when empty"},
	{FIELD(deletes), .type = TEXTOID, .initial = "close", .values = {"close", "mark", "ignore"},
		.strategies = HISTORY,
		.description = "what a delete does to a history"},
	{FIELD(first_valid_from), .type = TEXTOID, .initial = "event",
		.values = {"event", "-infinity"}, .strategies = HISTORY,
		.description = "when the first version of a key becomes valid"},
	{FIELD(late_horizon), .type = INTERVALOID, .strategies = HISTORY,
		.traits = ALTERABLE | OPTION_NOT_NEGATIVE,
		.description = "how late a row may arrive; any time unless set"},
	{FIELD(late_policy), .type = TEXTOID, .initial = "rebuild",
		.values = {"rebuild", "quarantine"}, .strategies = HISTORY,
		.description = "what happens to a row that arrives later than late_horizon"},

	{FIELD(absent), .type = TEXTOID, .initial = "ignore", .values = {"ignore", "delete"},
		.load = "full", .strategies = ORDERED,
		.traits = OPTION_FULL_EVERY | RUN,
		.description = "what happens to rows of the target that a full load no longer has"},
	{FIELD(max_delete_percent), PERCENT, .initial = "10", .load = "full", .strategies = ORDERED,
		.traits = ALTERABLE | OPTION_FULL_EVERY | RUN,
		.description = "deletes of more than this share of the target stay pending"},
	{FIELD(min_rows_percent), PERCENT, .initial = "50", .load = "full", .strategies = ORDERED,
		.traits = ALTERABLE | OPTION_FULL_EVERY | RUN,
		.description = "deletes of a load smaller than this share of the last complete one stay pending"},

	{FIELD(partition_time_zone), .type = TEXTOID, .initial = "UTC", .strategies = MERGING,
		.traits = POLICY,
		.description = "time zone of the bounds of partitions"},
	{FIELD(partition_premake), .type = INT4OID, .initial = "4", .min = 0, .max = 10000,
		.strategies = MERGING, .traits = ALTERABLE | POLICY,
		.description = "number of partitions kept ready after the current one"},
	{FIELD(retain_action), .type = TEXTOID, .initial = "drop",
		.values = {"drop", "detach", "compress", "pack", "archive"}, .strategies = MERGING,
		.traits = ALTERABLE | POLICY,
		.description = "what retention does with partitions"},
	{FIELD(archive_server), .type = TEXTOID, .strategies = MERGING, .traits = ALTERABLE | POLICY,
		.description = "server of elt_file for the archives of partitions"},
	{FIELD(archive_path), .type = TEXTOID, .strategies = MERGING, .traits = ALTERABLE | POLICY,
		.description = "folder of the archives below the root of the server"},
	{FIELD(archive_format), .type = TEXTOID, .values = {"parquet", "csv.zst"}, .strategies = MERGING,
		.traits = ALTERABLE | POLICY,
		.description = "format of the archives; parquet unless set"},
	{FIELD(change_log), .type = INTERVALOID, .traits = ALTERABLE | OPTION_POSITIVE,
		.description = "how long the changes of the target are kept in its change log; there is none "
		"unless set"},
	{FIELD(max_future), .type = INTERVALOID, .initial = "1 day",
		.traits = ALTERABLE | OPTION_NOT_NEGATIVE,
		.description = "rows later than now plus this are rejected"},
	{FIELD(max_new_partitions), .type = INT4OID, .initial = "50", .min = 1, .max = PG_INT32_MAX,
		.traits = PACE,
		.description = "a batch that needs more new partitions than this outside of its windows fails"},
};

const int	PipelineOptionCount = lengthof(PipelineOptions);

int
PipelineOptionNumber(const char *name)
{
	for (int i = 0; i < PipelineOptionCount; i++)
		if (strcmp(PipelineOptions[i].name, name) == 0)
			return i;
	return -1;
}

bool
PipelineOptionIn(Bitmapset *options, const char *name)
{
	return bms_is_member(PipelineOptionNumber(name), options);
}

/* ---- values in definitions ---- */

static Datum
TextOrNull(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return *isnull ? (Datum) 0 : CStringGetTextDatum(text);
}

static Datum
IntervalOrNull(const Interval *interval, bool *isnull)
{
	*isnull = interval == NULL;
	return IntervalPGetDatum(interval);
}

/* A number without a default is not set while it is 0. */
static bool
NumberIsNull(const PipelineOption *o, int64 number)
{
	return o->initial == NULL && number == 0;
}

Datum
PipelineOptionGet(const PipelineOption *o, const Pipeline *p, bool *isnull)
{
	const char *field = (const char *) p + o->offset;

	*isnull = o->present != 0 && !*(const bool *) ((const char *) p + o->present);
	switch (o->type)
	{
		case TEXTOID:
			return TextOrNull(*(char *const *) field, isnull);
		case TEXTARRAYOID:
			return TextArrayDatum(*(List *const *) field);
		case JSONBOID:
			return DirectFunctionCall1(jsonb_in, CStringGetDatum(*(char *const *) field));
		case INTERVALOID:
			return IntervalOrNull(*(Interval *const *) field, isnull);
		case TIMESTAMPTZOID:
			return TimestampTzGetDatum(*(const TimestampTz *) field);
		case INT4OID:
			*isnull = NumberIsNull(o, *(const int32 *) field);
			return Int32GetDatum(*(const int32 *) field);
		case INT8OID:
			return Int64GetDatum(*(const int64 *) field);
		default:
			Assert(o->type == FLOAT8OID);
			return Float8GetDatum(*(const double *) field);
	}
}

static Interval *
IntervalCopy(Datum value)
{
	Interval   *copy = palloc(sizeof(Interval));

	*copy = *DatumGetIntervalP(value);
	return copy;
}

void
PipelineOptionPut(const PipelineOption *o, Pipeline *p, Datum value, bool isnull)
{
	char	   *field = (char *) p + o->offset;

	if (o->present != 0)
		*(bool *) ((char *) p + o->present) = !isnull;
	switch (o->type)
	{
		case TEXTOID:
			*(char **) field = isnull ? NULL : TextDatumGetCString(value);
			break;
		case TEXTARRAYOID:
			*(List **) field = isnull ? NIL : TextArrayStrings(value);
			break;
		case JSONBOID:
			*(char **) field = DatumGetCString(DirectFunctionCall1(jsonb_out, value));
			break;
		case INTERVALOID:
			*(Interval **) field = isnull ? NULL : IntervalCopy(value);
			break;
		case TIMESTAMPTZOID:
			*(TimestampTz *) field = isnull ? 0 : DatumGetTimestampTz(value);
			break;
		case INT4OID:
			*(int32 *) field = isnull ? 0 : DatumGetInt32(value);
			break;
		case INT8OID:
			*(int64 *) field = isnull ? 0 : DatumGetInt64(value);
			break;
		default:
			Assert(o->type == FLOAT8OID);
			*(double *) field = isnull ? 0 : DatumGetFloat8(value);
	}
}

static Datum
InitialValue(const PipelineOption *o)
{
	return ValueOfText(o->type, -1, o->initial);
}

void
PipelineOptionReset(const PipelineOption *o, Pipeline *p)
{
	PipelineOptionPut(o, p, o->initial == NULL ? (Datum) 0 : InitialValue(o), o->initial == NULL);
}

bool
PipelineOptionIsInitial(const PipelineOption *o, const Pipeline *p)
{
	bool		isnull;
	Datum		value = PipelineOptionGet(o, p, &isnull);

	if (isnull || o->initial == NULL)
		return isnull && o->initial == NULL;
	return strcmp(TextOfValue(o->type, value), TextOfValue(o->type, InitialValue(o))) == 0;
}

char *
PipelineOptionText(const PipelineOption *o, const Pipeline *p)
{
	bool		isnull;
	Datum		value = PipelineOptionGet(o, p, &isnull);

	return isnull ? NULL : TextOfValue(o->type, value);
}

/* ---- for people to read ---- */

void
AppendQuotedNames(StringInfo buf, const char *const *names, int max)
{
	int			n = 0;

	while (n < max && names[n] != NULL)
		n++;
	for (int i = 0; i < n; i++)
		appendStringInfo(buf, "%s\"%s\"", i == 0 ? "" : i < n - 1 ? ", " : " and ", names[i]);
}

char *
PipelineOptionRange(const PipelineOption *o)
{
	StringInfoData range;

	initStringInfo(&range);
	if (o->values[0] != NULL)
		AppendQuotedNames(&range, o->values, lengthof(o->values));
	else if (o->traits & OPTION_NOT_NEGATIVE)
		appendStringInfoString(&range, "zero or greater");
	else if (o->traits & OPTION_POSITIVE)
		appendStringInfoString(&range, "greater than zero");
	else if (o->max > 0)
		appendStringInfo(&range, "between " INT64_FORMAT " and " INT64_FORMAT, o->min, o->max);
	else
		return NULL;
	return range.data;
}
