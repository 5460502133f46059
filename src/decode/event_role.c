/*
 * event_role.c
 *	  Values of an event that columns take by their role.
 *
 * What orders the changes of a row are the numbers of the log that the event came from, which differ from
 * one database to the other.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "decode/convert_number.h"
#include "decode/event.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/pg_lsn.h"
#include "utils/timestamp.h"

#define MAX_NUMBERS 8
#define EPOCH_MICROS ((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

typedef struct Sequence
{
	int			n;
	int64		numbers[MAX_NUMBERS];
} Sequence;

/* ---- order ---- */

static void
AddNumber(Sequence *sequence, int64 number)
{
	sequence->numbers[sequence->n++] = number;
}

/* Absent is 0. */
static void
AddField(Sequence *sequence, const EventReader *e, EventField field)
{
	int64		number = 0;

	(void) EventNumber(e, field, &number);
	AddNumber(sequence, number);
}

/* The number at the end of "mysql-bin.000003", which has more digits one day. */
static int64
NumberOfFile(const char *name, size_t len)
{
	size_t		digits = 0;
	int64		number = 0;

	while (digits < len && isdigit((unsigned char) name[len - digits - 1]))
		digits++;
	(void) TextToInt64(name + len - digits, digits, &number);
	return number;
}

/* Hexadecimal numbers, such as "00000027:00000758:0003". False: it is something else. */
static bool
AddHexadecimal(Sequence *sequence, const char *text, size_t len)
{
	const char *end = text + len;
	int64		number = 0;
	int			digits = 0;

	for (const char *p = text;; p++)
	{
		if (p == end || *p == ':')
		{
			if (digits == 0 || sequence->n == MAX_NUMBERS)
				return false;
			AddNumber(sequence, number);
			if (p == end)
				return true;
			number = digits = 0;
		}
		else if (!isxdigit((unsigned char) *p) || ++digits > 15)
			return false;
		else
			number = number << 4 | (isdigit((unsigned char) *p) ? *p - '0' : (*p | 0x20) - 'a' + 10);
	}
}

static bool
SequenceOfSqlServer(const EventReader *e, Sequence *sequence)
{
	size_t		len;
	const char *text = EventText(e, EVENT_COMMIT_LSN, &len);

	if (text == NULL || !AddHexadecimal(sequence, text, len))
		return false;
	text = EventText(e, EVENT_CHANGE_LSN, &len);
	if (text != NULL && !AddHexadecimal(sequence, text, len))
		return false;
	if (text != NULL && sequence->n < MAX_NUMBERS)
		AddField(sequence, e, EVENT_SERIAL);
	return true;
}

static bool
SequenceOfBinlog(const EventReader *e, Sequence *sequence)
{
	size_t		len;
	const char *file = EventText(e, EVENT_LOG_FILE, &len);

	if (file == NULL)
		return false;
	AddNumber(sequence, NumberOfFile(file, len));
	AddField(sequence, e, EVENT_LOG_POS);
	AddField(sequence, e, EVENT_LOG_ROW);
	return true;
}

/* Maxwell's "master.000006:800911". */
static bool
SequenceOfPlace(const EventReader *e, Sequence *sequence)
{
	size_t		len;
	const char *place = EventText(e, EVENT_LOG_PLACE, &len);
	const char *colon = place == NULL ? NULL : memchr(place, ':', len);
	int64		number;

	if (colon == NULL || !TextToInt64(colon + 1, place + len - colon - 1, &number))
		return false;
	AddNumber(sequence, NumberOfFile(place, colon - place));
	AddNumber(sequence, number);
	AddField(sequence, e, EVENT_LOG_OFFSET);
	return true;
}

/*
 * The rows of a bootstrap have no position, whether or not the changes have one. They are older than any
 * change, so that those that follow them win.
 */
static bool
SequenceOfMaxwell(const EventReader *e, const EventRow *row, Sequence *sequence)
{
	if (EventHas(e, EVENT_LOG_PLACE))
	{
		(void) SequenceOfPlace(e, sequence);
		return true;
	}
	if (row->change != ROW_READ)
		return false;
	AddNumber(sequence, 0);
	AddNumber(sequence, 0);
	AddNumber(sequence, 0);
	return true;
}

static bool
CommitMicros(const EventReader *e, int64 *micros)
{
	static const struct
	{
		EventField	field;
		int64		factor;
	}			fields[] = {
		{EVENT_MICROS, 1}, {EVENT_MILLIS, 1000}, {EVENT_SECONDS, USECS_PER_SEC},
		{EVENT_SENT_MILLIS, 1000}
	};

	for (int i = 0; i < lengthof(fields); i++)
	{
		int64		number;

		/* of rows that were read as they are, some connectors do not know when they were written */
		if (EventNumber(e, fields[i].field, &number) && number > 0 &&
			!pg_mul_s64_overflow(number, fields[i].factor, micros))
			return true;
	}
	return false;
}

static void
ReadSequence(const EventReader *e, const EventRow *row, Sequence *sequence)
{
	int64		number;

	sequence->n = 0;
	if (EventNumber(e, EVENT_LOG_LSN, &number))
		AddNumber(sequence, number);
	else if (EventNumber(e, EVENT_SCN, &number))
	{
		AddNumber(sequence, number);
		AddField(sequence, e, EVENT_SSN);
	}
	else if (EventHas(e, EVENT_COMMIT_LSN))
	{
		if (!SequenceOfSqlServer(e, sequence))
			sequence->n = 0;
	}
	else if (!SequenceOfBinlog(e, sequence) &&
			 !(e->spec->form == ENVELOPE_MAXWELL && SequenceOfMaxwell(e, row, sequence)) &&
			 CommitMicros(e, &number))
	{
		AddNumber(sequence, number);
		AddField(sequence, e, EVENT_ORDINAL);
	}
}

/* ---- values ---- */

static void
Put(Decoder *d, const EventRoleColumn *column, Datum value)
{
	RowBatchPut(d->batch, d->row, column->attindex + 1, value);
}

static const char *
PutSequence(Decoder *d, const EventReader *e, const EventRow *row, const EventRoleColumn *column)
{
	Sequence	sequence;
	Datum		numbers[MAX_NUMBERS];

	ReadSequence(e, row, &sequence);
	if (sequence.n == 0)
		return NULL;
	if (column->type != INT8ARRAYOID)
	{
		if (sequence.n > 1)
			return psprintf("the position of the event has %d numbers, and column \"%s\" of type %s takes "
							"one: use type bigint[]", sequence.n, column->column,
							format_type_be(column->type));
		Put(d, column, Int64GetDatum(sequence.numbers[0]));
		return NULL;
	}
	for (int i = 0; i < sequence.n; i++)
		numbers[i] = Int64GetDatum(sequence.numbers[i]);
	Put(d, column, PointerGetDatum(construct_array(numbers, sequence.n, INT8OID, sizeof(int64),
												   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	return NULL;
}

static void
PutText(Decoder *d, const EventRoleColumn *column, const char *s, size_t len)
{
	text	   *value = BatchAlloc(d->batch, len + VARHDRSZ);

	SET_VARSIZE(value, len + VARHDRSZ);
	memcpy(VARDATA(value), s, len);
	Put(d, column, PointerGetDatum(value));
}

static const char *
PutXid(Decoder *d, const EventReader *e, const EventRoleColumn *column)
{
	size_t		len;
	const char *xid = EventText(e, EVENT_TXID, &len);
	int64		number;

	if (xid == NULL)
		return NULL;
	if (column->type == TEXTOID)
		PutText(d, column, xid, len);
	else if (EventNumber(e, EVENT_TXID, &number))
		Put(d, column, Int64GetDatum(number));
	else
		return psprintf("transaction \"%.*s\" is no number, and column \"%s\" has type bigint: use type "
						"text", (int) Min(len, 100), xid, column->column);
	return NULL;
}

static const char *
PutRole(Decoder *d, EventReader *e, const EventRow *row, const EventRoleColumn *column)
{
	static const char *const words[] = {"read", "insert", "update", "delete", "truncate"};
	int64		number;

	switch (column->role)
	{
		case EVENT_OP:
			PutText(d, column, words[row->change], strlen(words[row->change]));
			return NULL;
		case EVENT_SEQUENCE:
			return PutSequence(d, e, row, column);
		case EVENT_LSN:
			if (EventNumber(e, EVENT_LOG_LSN, &number))
				Put(d, column, LSNGetDatum((XLogRecPtr) number));
			return NULL;
		case EVENT_COMMITTED_AT:
			if (CommitMicros(e, &number))
				Put(d, column, TimestampTzGetDatum(number - EPOCH_MICROS));
			return NULL;
		case EVENT_XID:
			return PutXid(d, e, column);
		default:
			return NULL;
	}
}

const char *
EventPutRoles(Decoder *d, EventReader *e, const EventRow *row, const char **column)
{
	for (int i = 0; i < e->nroles; i++)
	{
		const char *problem = PutRole(d, e, row, &e->roles[i]);

		*column = e->roles[i].column;
		if (problem != NULL)
			return problem;
	}
	return NULL;
}
