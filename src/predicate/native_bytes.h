/*
 * native_bytes.h
 *	  Functions of texts, compiled: what they compute is what the server's functions do.
 */
#ifndef ELT_PREDICATE_NATIVE_BYTES_H
#define ELT_PREDICATE_NATIVE_BYTES_H

#include "postgres.h"
#include "pgtime.h"

typedef enum NativeOutcome
{
	NATIVE_VALUE,
	NATIVE_NO_VALUE,			/* it is null */
	NATIVE_UNDECIDED			/* it is for the executor */
} NativeOutcome;

/* A row, the parameter that the expression may use, and where local times are read. */
typedef struct NativeRow
{
	const Datum *values;
	const bool *isnull;
	Datum		param;			/* a text */
	bool		param_isnull;
	pg_tz	   *tz;
} NativeRow;

typedef struct Bytes
{
	const char *text;
	size_t		len;
} Bytes;

typedef struct TextNode TextNode;

/* The text of a node for a row. */
typedef NativeOutcome (*TextRun) (TextNode *node, const NativeRow *row, Bytes *result);

struct TextNode
{
	TextRun		run;
	TextNode   *arg;
	TextNode   *other;			/* a second argument */
	int			column;			/* of the row, from 0 */
	Bytes		given;			/* constants */
	Bytes		by;
	int			from;
	int			count;
	bool		left;			/* sides that are trimmed */
	bool		right;
	bool		upper;
	char	   *buf;
	size_t		size;
	MemoryContext cxt;			/* of buf */
};

/* The bytes of a text Datum. */
extern Bytes BytesOf(Datum value);

extern NativeOutcome TextParam(TextNode *node, const NativeRow *row, Bytes *result);
extern NativeOutcome TextColumn(TextNode *node, const NativeRow *row, Bytes *result);
extern NativeOutcome TextConstant(TextNode *node, const NativeRow *row, Bytes *result);
/* of arg: given becomes by */
extern NativeOutcome TextReplace(TextNode *node, const NativeRow *row, Bytes *result);
/* without the characters of given, which are ASCII, at its sides */
extern NativeOutcome TextTrim(TextNode *node, const NativeRow *row, Bytes *result);
/* of ASCII only: other letters are a matter of the locale */
extern NativeOutcome TextCase(TextNode *node, const NativeRow *row, Bytes *result);
/* field number from, separated by given */
extern NativeOutcome TextSplit(TextNode *node, const NativeRow *row, Bytes *result);
/* count characters, or all when it is negative, from character number from on */
extern NativeOutcome TextSubstring(TextNode *node, const NativeRow *row, Bytes *result);
/* of arg and other */
extern NativeOutcome TextJoin(TextNode *node, const NativeRow *row, Bytes *result);
extern NativeOutcome TextNullIf(TextNode *node, const NativeRow *row, Bytes *result);
extern NativeOutcome TextCoalesce(TextNode *node, const NativeRow *row, Bytes *result);

#endif
