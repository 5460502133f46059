/*
 * sample_shape.h
 *	  The shape of a sample: a tree of all fields, with elements of an array as one.
 */
#ifndef ELT_INFER_SAMPLE_SHAPE_H
#define ELT_INFER_SAMPLE_SHAPE_H

#include "postgres.h"
#include "decode/byte_source.h"
#include "infer/value_facts.h"

/* An object with more members than this is a map. */
#define SHAPE_MEMBERS 500
#define SHAPE_DEPTH 64
/* An array of arrays is a list of records with this many fields at most. */
#define SHAPE_POSITIONS 100

typedef struct ShapeNode
{
	const char *name;			/* of a member; NULL */
	int			position;		/* of an element at a fixed place; -1 */
	struct ShapeNode *parent;
	struct ShapeNode *record;	/* the element, or the root, that it is in */
	bool		is_untyped;		/* of a format that has only texts */
	int64		seen;			/* how often there was a value, null included */
	int64		objects;
	int64		arrays;
	bool		is_crowded;		/* more members than are kept */
	int			nmembers;
	struct ShapeNode **members;
	int			hint;
	struct ShapeNode *element;	/* of arrays; NULL: all were empty */
	int			npositions;
	struct ShapeNode **positions;	/* of arrays that are elements */
	int64		elements;
	int64		shortest;
	int64		longest;
	uint64		lengths;		/* hash of the lengths of all arrays, in order */
	ValueFacts *facts;			/* of scalars; NULL: there were none but null */
	int64		nulls;
} ShapeNode;

typedef enum ShapeFraming
{
	SHAPE_DOCUMENT,
	SHAPE_LINES
} ShapeFraming;

/* In the current memory context; parent NULL: a root. */
extern ShapeNode *ShapeCreate(ShapeNode *parent, const char *name);
/* The member, which is added if there is room; NULL: there is none. */
extern ShapeNode *ShapeMember(ShapeNode *node, const char *name, size_t len);
/* The member that is there; NULL: there is none, or node is NULL. */
extern ShapeNode *ShapeFindMember(const ShapeNode *node, const char *name);
extern void ShapeAddText(ShapeNode *node, const char *text, size_t len);
extern void ShapeAddNull(ShapeNode *node);

/*
 * Add pages of JSON, at most limit records at the top of them; false when it ended early. Raises an
 * error when the text is no JSON.
 */
extern bool ShapeReadJson(ShapeNode *root, ByteSource *source, ShapeFraming framing, int64 limit);

/* Add one record, which may be cut: what is left of it counts. */
extern void ShapeAddRecord(ShapeNode *root, const char *text, size_t len);

/* Kinds of values that were seen. */
extern bool ShapeIsScalar(const ShapeNode *node);
extern bool ShapeIsObject(const ShapeNode *node);
extern bool ShapeIsArray(const ShapeNode *node);
/* All values were null, or there were none. */
extern bool ShapeIsVoid(const ShapeNode *node);

#endif
