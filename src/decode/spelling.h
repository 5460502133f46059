/*
 * spelling.h
 *	  Texts of values that are written otherwise than PostgreSQL reads them: numbers with other
 *	  marks, other words for true and false, texts that stand for null.
 */
#ifndef ELT_DECODE_SPELLING_H
#define ELT_DECODE_SPELLING_H

#include "postgres.h"
#include "base/compat.h"
#include "decode/decode_spec.h"

typedef struct Spelling Spelling;

typedef enum SpellingResult
{
	SPELLED_TEXT,				/* as PostgreSQL reads it */
	SPELLED_NULL,
	SPELLED_WRONG				/* not as the column declares it */
} SpellingResult;

/* How much longer a text can become. */
#define SPELLING_GROWTH 8

/*
 * NULL when there is nothing to do. Raises an error when the spelling contradicts itself or cannot
 * be that of a column of this base type.
 */
extern Spelling *SpellingCreate(const ValueSpelling *spelling, Oid type, const char *column);

/* Without the parts that a number, true or false of JSON does not have. May be NULL. */
extern Spelling *SpellingOfLiterals(const Spelling *spelling);

/*
 * Read a text of a page, which is UTF-8. *text is s, a part of it or buf, which has room for len +
 * SPELLING_GROWTH bytes.
 */
extern SpellingResult SpellingRead(const Spelling *spelling, const char *s, size_t len, char *buf,
								   const char **text, size_t *text_len);

/*
 * Leave out what stands around a number, and say what its marks are, of one byte each; *group may be
 * '\0'. What is left is the number only if it has no other marks than these. False: there is more to
 * see to.
 */
extern bool SpellingBareNumber(const Spelling *spelling, const char **s, size_t *len, char *mark,
							   char *group);

/*
 * Such a number as it is most often, [-]digits[mark digits] with groups of three, as PostgreSQL
 * reads it. False: it is not.
 */
extern bool SpellingPlainNumber(const Spelling *spelling, const char *s, size_t len, char *buf,
								size_t *plain_len);

/* Does it write into buf? */
extern bool SpellingRewrites(const Spelling *spelling);

/* Spaces around it left out, if the column is trimmed. */
extern void SpellingTrim(const Spelling *spelling, const char **s, size_t *len);

/* Raise the error of a text that was SPELLED_WRONG. shown is that text for messages. */
extern void SpellingRefuse(const Spelling *spelling, const char *shown) pg_attribute_noreturn();

#endif
