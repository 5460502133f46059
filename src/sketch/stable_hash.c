/*
 * stable_hash.c
 *	  64 bits of a value that are the same on every machine and in every version of PostgreSQL.
 *
 * A value is brought into a form that is one for all equal values, then hashed by MurmurHash64A.
 */
#include "base/compat.h"
#include "sketch/stable_hash.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* How a type's values are brought into one form. */
typedef enum ValueForm
{
	FORM_UNKNOWN,
	FORM_WORD1,					/* a number of so many bytes */
	FORM_WORD2,
	FORM_WORD4,
	FORM_WORD8,
	FORM_FLOAT4,
	FORM_FLOAT8,
	FORM_NUMERIC,
	FORM_TEXT,
	FORM_PADDED_TEXT,			/* text whose trailing blanks do not count */
	FORM_NAME,
	FORM_BYTES,
	FORM_UUID,
	FORM_INTERVAL,
	FORM_LABEL,					/* the label of an enum, because OIDs change with a dump */
	FORM_SENT					/* as the type sends it */
} ValueForm;

struct StableHasher
{
	ValueForm	form;
	FmgrInfo	output;			/* FORM_LABEL, FORM_SENT */
};

#define SEED	UINT64CONST(0x706765746c303031)
#define FACTOR	UINT64CONST(0xc6a4a7935bd1e995)

/* Eight bytes as a number, the first the lowest. */
static inline uint64
WordAt(const char *bytes)
{
	uint64		word;

	memcpy(&word, bytes, sizeof(word));
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return word;
}

static inline uint64
Mix(uint64 hash, uint64 word)
{
	word *= FACTOR;
	word ^= word >> 47;
	word *= FACTOR;
	return (hash ^ word) * FACTOR;
}

static inline uint64
Finish(uint64 hash)
{
	hash ^= hash >> 47;
	hash *= FACTOR;
	return hash ^ (hash >> 47);
}

static inline uint64
HashWord(uint64 word)
{
	return Finish(Mix(SEED ^ (sizeof(word) * FACTOR), word));
}

static uint64
HashBytes(const char *bytes, size_t len)
{
	uint64		hash = SEED ^ (len * FACTOR);
	size_t		i;

	for (i = 0; i + 8 <= len; i += 8)
		hash = Mix(hash, WordAt(bytes + i));
	if (i < len)
	{
		char		rest[8] = {0};

		memcpy(rest, bytes + i, len - i);
		hash = (hash ^ WordAt(rest)) * FACTOR;
	}
	return Finish(hash);
}

/* All zeros are one zero, and all that is not a number is one. */
static uint64
HashFloat(float8 value)
{
	uint64		word;

	if (isnan(value))
		value = get_float8_nan();
	else if (value == 0)
		value = 0;
	memcpy(&word, &value, sizeof(word));
	return HashWord(word);
}

/* The encoding of the database does not count. */
static uint64
HashText(const char *text, int len)
{
	char	   *utf8 = pg_server_to_any(text, len, PG_UTF8);

	return HashBytes(utf8, utf8 == text ? len : strlen(utf8));
}

/* "24:00" and "1 day" are equal. */
static uint64
HashInterval(const Interval *span)
{
	int64		days = span->time / USECS_PER_DAY;
	int64		rest = span->time % USECS_PER_DAY;

	days += span->month * INT64CONST(30) + span->day;
	if (rest < 0)
	{
		rest += USECS_PER_DAY;
		days--;
	}
	return Finish(Mix(Mix(SEED, days), rest));
}

static uint64
HashSent(const StableHasher *hasher, Datum value)
{
	bytea	   *sent = SendFunctionCall(unconstify(FmgrInfo *, &hasher->output), value);

	return HashBytes(VARDATA(sent), VARSIZE(sent) - VARHDRSZ);
}

static ValueForm
FormOf(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case CHAROID:
			return FORM_WORD1;
		case INT2OID:
			return FORM_WORD2;
		case INT4OID:
		case DATEOID:
			return FORM_WORD4;
		case INT8OID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case MONEYOID:
			return FORM_WORD8;
		case FLOAT4OID:
			return FORM_FLOAT4;
		case FLOAT8OID:
			return FORM_FLOAT8;
		case NUMERICOID:
			return FORM_NUMERIC;
		case TEXTOID:
		case VARCHAROID:
			return FORM_TEXT;
		case BPCHAROID:
			return FORM_PADDED_TEXT;
		case NAMEOID:
			return FORM_NAME;
		case BYTEAOID:
			return FORM_BYTES;
		case UUIDOID:
			return FORM_UUID;
		case INTERVALOID:
			return FORM_INTERVAL;
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case MACADDR8OID:
		case BITOID:
		case VARBITOID:
		case TIMETZOID:
		case PG_LSNOID:
		case XID8OID:
			return FORM_SENT;
		default:
			return type_is_enum(type) ? FORM_LABEL : FORM_UNKNOWN;
	}
}

/* Different texts that a collation calls equal would be counted as two. */
static void
RequireDeterministic(Oid type, Oid collation)
{
	if (!type_is_collatable(type))
		return;
	if (!OidIsValid(collation))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_COLLATION),
				 errmsg("could not determine which collation to use for counting distinct values"),
				 errhint("Use the COLLATE clause to set the collation explicitly.")));
	if (!get_collation_isdeterministic(collation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("nondeterministic collations are not supported for counting distinct values"),
				 errhint("Bring equal values into one form, as lower() does, and add COLLATE \"C\".")));
}

StableHasher *
StableHasherOf(Oid type, Oid collation, MemoryContext context)
{
	StableHasher *hasher = MemoryContextAllocZero(context, sizeof(StableHasher));
	Oid			base = getBaseType(type);
	Oid			function;
	bool		is_varlena;

	hasher->form = FormOf(base);
	if (hasher->form == FORM_UNKNOWN)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("values of type %s cannot be counted by a sketch", format_type_be(type)),
				 errdetail("Equal values of this type have no form that is the same on every server."),
				 errhint("Convert the values to another type, such as text.")));
	RequireDeterministic(base, collation);
	if (hasher->form == FORM_LABEL)
		getTypeOutputInfo(base, &function, &is_varlena);
	else if (hasher->form == FORM_SENT)
		getTypeBinaryOutputInfo(base, &function, &is_varlena);
	else
		return hasher;
	fmgr_info_cxt(function, &hasher->output, context);
	return hasher;
}

static uint64
HashVarlena(const StableHasher *hasher, Datum value)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
	char	   *data = VARDATA_ANY(bytes);
	int			len = VARSIZE_ANY_EXHDR(bytes);

	if (hasher->form == FORM_BYTES)
		return HashBytes(data, len);
	if (hasher->form == FORM_PADDED_TEXT)
		len = bpchartruelen(data, len);
	return HashText(data, len);
}

static uint64
HashCString(char *text)
{
	return HashText(text, strlen(text));
}

const StableHasher *
StableHasherOfArgument(FunctionCallInfo fcinfo, int n)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = StableHasherOf(get_fn_expr_argtype(fcinfo->flinfo, n),
												  PG_GET_COLLATION(), fcinfo->flinfo->fn_mcxt);
	return fcinfo->flinfo->fn_extra;
}

uint64
StableHash(const StableHasher *hasher, Datum value)
{
	switch (hasher->form)
	{
		case FORM_WORD1:
			return HashWord((uint64) (int64) DatumGetChar(value));
		case FORM_WORD2:
			return HashWord((uint64) (int64) DatumGetInt16(value));
		case FORM_WORD4:
			return HashWord((uint64) (int64) DatumGetInt32(value));
		case FORM_WORD8:
			return HashWord((uint64) DatumGetInt64(value));
		case FORM_FLOAT4:
			return HashFloat((float8) DatumGetFloat4(value));
		case FORM_FLOAT8:
			return HashFloat(DatumGetFloat8(value));
		case FORM_NUMERIC:
			return HashCString(numeric_normalize(DatumGetNumeric(value)));
		case FORM_TEXT:
		case FORM_PADDED_TEXT:
		case FORM_BYTES:
			return HashVarlena(hasher, value);
		case FORM_NAME:
			return HashCString(NameStr(*DatumGetName(value)));
		case FORM_UUID:
			return HashBytes((char *) DatumGetUUIDP(value)->data, UUID_LEN);
		case FORM_INTERVAL:
			return HashInterval(DatumGetIntervalP(value));
		case FORM_LABEL:
			return HashCString(OutputFunctionCall(unconstify(FmgrInfo *, &hasher->output), value));
		case FORM_SENT:
			return HashSent(hasher, value);
		case FORM_UNKNOWN:
			break;
	}
	pg_unreachable();
}
