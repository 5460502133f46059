/*
 * value_facts.h
 *	  What the values of one field of a sample have in common.
 */
#ifndef ELT_INFER_VALUE_FACTS_H
#define ELT_INFER_VALUE_FACTS_H

#include "postgres.h"
#include "decode/json_reader.h"

/* Values whose identity is kept, to find keys. */
#define FACTS_IDENTITIES 10000
#define FACTS_NULL_WORDS 3

/* What a text is written like. */
typedef enum TextClass
{
	TEXT_EMPTY,
	TEXT_NULL_WORD,				/* NA, Null and the like */
	TEXT_INTEGER,
	TEXT_DECIMAL,
	TEXT_COMMA,					/* 1.234,5: a comma before the fraction */
	TEXT_ZEROS,					/* a number with zeros in front: an identifier */
	TEXT_BOOLEAN,
	TEXT_DATE,
	TEXT_TIMESTAMP,
	TEXT_TIMESTAMPTZ,
	TEXT_LOCAL_DATE,			/* day and month in either order, or slashes */
	TEXT_UUID,
	TEXT_OTHER
} TextClass;

#define TEXT_CLASSES (TEXT_OTHER + 1)

/* How dates are written that are not ISO 8601. */
typedef struct LocalDates
{
	char		separator;		/* \0: none was seen */
	bool		year_first;
	bool		mixed;			/* they differ in form */
	bool		has_time;
	bool		has_seconds;
	bool		has_fraction;
	int			first_max;		/* of the first number beside the year */
	int			second_max;
} LocalDates;

typedef struct Identity
{
	int64		record;
	uint64		hash;
} Identity;

typedef struct ValueFacts
{
	int64		texts;			/* strings, and fields of CSV */
	int64		numbers;
	int64		booleans;
	int64		nonfinite;
	int64		classes[TEXT_CLASSES];	/* of texts */
	int64		integers;		/* numbers without fraction and exponent */
	int64		decimals;
	int64		seconds;		/* integers that may be seconds since 1970, from 2001 to 2100 */
	int64		milliseconds;
	bool		above_int4;
	bool		above_int8;
	bool		is_signed;		/* a text that is an integer below zero */
	bool		comma_certain;	/* a comma that stands before other than three digits */
	bool		has_groups;		/* points in such numbers */
	bool		padded;			/* spaces around a text */
	int			longest;		/* bytes */
	LocalDates	local;
	char	   *null_words[FACTS_NULL_WORDS];
	int			nidentities;
	Identity   *identities;
	char	   *first;			/* of the values that are not null, clipped; NULL: none */
} ValueFacts;

/* In the current memory context. */
extern ValueFacts *ValueFactsCreate(void);

/* A text of the record with this number. */
extern void ValueFactsAddText(ValueFacts *facts, int64 record, const char *text, size_t len);
/* A scalar token that is no string. */
extern void ValueFactsAddToken(ValueFacts *facts, int64 record, JsonToken token, const char *text,
							   size_t len);

/* Values that are not null. */
extern int64 ValueFactsCount(const ValueFacts *facts);

extern TextClass TextClassOf(const char *text, size_t len);

#endif
