/*
 * differential.c
 *	  Generated values and texts, read by decode and by the server, must agree.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "chunk_source.h"
#include "decode/convert.h"
#include "decode/json_reader.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "random_json.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(random_json);
PG_FUNCTION_INFO_V1(compare_values);
PG_FUNCTION_INFO_V1(compare_validity);
PG_FUNCTION_INFO_V1(accepts_json);

Datum
random_json(PG_FUNCTION_ARGS)
{
	pg_prng_state rng;
	StringInfoData out;

	pg_prng_seed(&rng, PG_GETARG_INT64(0));
	initStringInfo(&out);
	RandomJson(&rng, &out, 5);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

static void
RandomValue(pg_prng_state *rng, Oid type, const char *pattern, StringInfo out)
{
	static const char *const bools[] = {"true", "false", "t", "off", "on", "1", "0", "yes", "tru", " t", "T"};

	if (pattern)
	{
		if (RandomBelow(rng, 2))
			appendStringInfo(out, "%02d.%02d.%04d", RandomBelow(rng, 33), RandomBelow(rng, 14),
							 1990 + RandomBelow(rng, 60));
		else
			appendStringInfo(out, "%02d.%04d", RandomBelow(rng, 14), RandomBelow(rng, 3000));
		return;
	}
	switch (type)
	{
		case BOOLOID:
			appendStringInfoString(out, bools[RandomBelow(rng, lengthof(bools))]);
			break;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			RandomTime(rng, out);
			break;
		case UUIDOID:
			RandomUuid(rng, out);
			break;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			RandomText(rng, out, 6);
			break;
		case JSONOID:
		case JSONBOID:
			RandomJson(rng, out, 3);
			break;
		default:
			RandomNumber(rng, out);
			break;
	}
}

/*
 * compare_values(type, typmod, pattern, time_zone, seed, n): every value that the fast way
 * accepts must be what the slow way makes of it; returns how many were accepted.
 */
Datum
compare_values(PG_FUNCTION_ARGS)
{
	TupleDesc	desc = CreateTemplateTupleDesc(1);
	DecodeColumn column = {1};
	Converter	converter;
	RowBatch   *batch;
	pg_prng_state rng;
	StringInfoData buf;
	int64		accepted = 0;

	TupleDescInitEntry(desc, 1, "v", PG_GETARG_OID(0), PG_GETARG_INT32(1), 0);
	if (!PG_ARGISNULL(2))
	{
		column.format = DECODE_PATTERN;
		column.pattern = text_to_cstring(PG_GETARG_TEXT_PP(2));
	}
	if (!PG_ARGISNULL(3))
		column.time_zone = text_to_cstring(PG_GETARG_TEXT_PP(3));
	ConverterInit(&converter, TupleDescAttr(desc, 0), &column);
	batch = RowBatchCreate(desc, 1);
	pg_prng_seed(&rng, PG_GETARG_INT64(4));
	initStringInfo(&buf);
	for (int i = 0; i < PG_GETARG_INT32(5); i++)
	{
		MemoryContext old = MemoryContextSwitchTo(batch->cxt);
		Datum		fast;
		Datum		slow;

		CHECK_FOR_INTERRUPTS();
		resetStringInfo(&buf);
		RandomValue(&rng, PG_GETARG_OID(0), column.pattern, &buf);
		if (ConvertFast(&converter, batch, buf.data, buf.len, &fast))
		{
			accepted++;
			slow = ConvertSlow(&converter, buf.data);
			if (!datumIsEqual(fast, slow, converter.byval, converter.typlen))
				elog(ERROR, "\"%s\" differs", buf.data);
		}
		MemoryContextSwitchTo(old);
		RowBatchReset(batch);
	}
	PG_RETURN_INT64(accepted);
}

/* Does the reader take the whole text as one JSON value, nothing about it in doubt? */
static bool
Accepts(const char *text, size_t len, size_t chunk, bool skip)
{
	JsonReader *reader = JsonReaderCreate(1 << 20, 100);
	JsonToken	token;

	JsonReaderOpen(reader, ChunkByteSource(text, len, chunk), JSON_ONE);
	do
	{
		token = skip ? JsonSkip(reader) : JsonNext(reader);
		if (token == JSON_NONFINITE)
			return false;
	} while (token != JSON_END && token != JSON_ERROR);
	return token == JSON_END && reader->tainted < 0;
}

Datum
accepts_json(PG_FUNCTION_ARGS)
{
	bytea	   *text = PG_GETARG_BYTEA_PP(0);

	PG_RETURN_BOOL(Accepts(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text), PG_GETARG_INT32(1),
						   PG_GETARG_BOOL(2)));
}

static bool
ServerAccepts(char *text)
{
	MemoryContext old = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool accepted = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(old);
	PG_TRY();
	{
		OidInputFunctionCall(F_JSON_IN, text, JSONOID, -1);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		accepted = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	CurrentResourceOwner = owner;
	return accepted;
}

static void
Mutate(pg_prng_state *rng, StringInfo text)
{
	static const char bytes[] = "{}[]\",:\\ \n\t019-+.eEtfnu/bau\x01";

	for (int n = RandomBelow(rng, 3); n > 0 && text->len > 0; n--)
	{
		int			at = RandomBelow(rng, text->len);

		if (IS_HIGHBIT_SET(text->data[at]))
			continue;
		if (RandomBelow(rng, 3) == 0)
		{
			memmove(text->data + at, text->data + at + 1, text->len - at);
			text->len--;
		}
		else
			text->data[at] = bytes[RandomBelow(rng, sizeof(bytes) - 1)];
	}
}

/* compare_validity(seed, n): how many damaged texts both refuse; an error when they disagree. */
Datum
compare_validity(PG_FUNCTION_ARGS)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "compare", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	pg_prng_state rng;
	int64		refused = 0;

	pg_prng_seed(&rng, PG_GETARG_INT64(0));
	for (int i = 0; i < PG_GETARG_INT32(1); i++)
	{
		StringInfoData text;
		bool		server;
		int			chunk = RandomBelow(&rng, 8);

		CHECK_FOR_INTERRUPTS();
		initStringInfo(&text);
		RandomJson(&rng, &text, 4);
		Mutate(&rng, &text);
		server = ServerAccepts(text.data);
		refused += !server;
		if (Accepts(text.data, text.len, chunk, false) != server ||
			Accepts(text.data, text.len, chunk, true) != server)
			elog(ERROR, "server %s: %s", server ? "accepts" : "refuses", text.data);
		MemoryContextReset(cxt);
	}
	MemoryContextSwitchTo(old);
	PG_RETURN_INT64(refused);
}
