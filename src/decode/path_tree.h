/*
 * path_tree.h
 *	  The paths of all columns, as trees of steps.
 *
 * Level l is the value that the first l steps of records lead to; level nsteps is the record.
 * A column is anchored at the deepest level that its path shares with records, and its value is
 * found below that level's root.
 */
#ifndef ELT_DECODE_PATH_TREE_H
#define ELT_DECODE_PATH_TREE_H

#include "postgres.h"
#include "decode/convert.h"
#include "decode/packed.h"
#include "decode/path.h"
#include "decode/unknown.h"

/* A value kept as text: it is for several rows, or its row is not due yet. */
typedef struct KeptValue
{
	bool		seen;
	JsonToken	token;
	bool		escaped;
	char	   *text;
	size_t		len;
	size_t		size;			/* allocated */
} KeptValue;

/* A Datum that several rows share. */
typedef struct SharedDatum
{
	uint64		batch_serial;	/* the batch in whose memory value lies; 0: none */
	Datum		value;
	bool		isnull;
	bool		refused;
	ConvertFault fault;			/* of a refused value */
	bool		converted;		/* slow holds the value, converted once */
	Datum		slow;
} SharedDatum;

struct PathNode;

typedef struct PathColumn
{
	Converter	converter;		/* of texts */
	Converter  *literals;		/* of numbers, true and false; NULL: the same */
	Converter  *containers;		/* of objects and arrays; NULL: json takes them, others do not */
	struct ConnectColumn *connect;	/* how values of an event's row are read; NULL: as they are */
	bool		direct;			/* scalars without escapes are converted as they are read */
	Path	   *path;			/* NULL for a param */
	bool		is_param;
	const char *constant;
	bool		optional;
	bool		zipped;			/* the path ends in [*] */
	bool		nested;			/* it ends in [*][*]: node holds arrays of arrays */
	bool		shared;			/* several rows may have the same value */
	struct Decoder *owner;		/* that of a child, if its tree is not this one; else NULL */
	int			level;			/* where it is anchored */
	struct PathNode *node;		/* where its value is; of a zipped one, the array */

	bool		faulty;			/* this record's value cannot be had ... */
	JsonToken	fault;			/* ... because it is one of these */
	const char *problem;		/* or of this, in the memory of the batch; or NULL */
	KeptValue	kept;
	SharedDatum datum;
	PackedCursor cursor;		/* of a zipped one, while its rows are made */
	JsonValue	element;		/* the one in the row being made */
	JsonValue	outer;			/* of a nested one, the array that element is of */
	PackedArray inner;			/* the elements of that */
	PackedCursor inner_cursor;
} PathColumn;

typedef struct PathNode
{
	const char *name;			/* as a member of its parent */
	int			name_len;
	int64		index;			/* as an element */
	int			nmembers;
	struct PathNode **members;
	int			hint;			/* the member that is likely to come next */
	int			nelements;
	struct PathNode **elements;
	int			ncolumns;		/* that want this very value */
	PathColumn **columns;
	PathColumn *only;			/* the one that is all there is to do, or NULL */
	struct AttachedNode *attached;	/* what attached decoders read here, or NULL: attach.c */
	bool		is_others;		/* only attached decoders want it */
	bool		wants_json;		/* one of them takes the text of the whole subtree */
	int			nzipped;		/* columns that want the elements of this array */
	PathColumn **zipped;
	PackedArray array;			/* those elements */
	bool		array_seen;		/* it was an array, not null or absent */
	uint64		stamp;			/* the object in which it was seen last */
	bool		present;		/* it was seen in this page before its stamp was cleared */
	bool		was_null;		/* in this page, so what is below it was null too */
	UnknownMembers *unknown;	/* that it has besides; NULL: they are not tracked */
} PathNode;

typedef struct PathTree
{
	bool		default_records;
	bool		records_optional;	/* the way to them may end at a member that is absent */
	const char *records_text;
	int			nsteps;
	PathStep	steps[PATH_MAX_STEPS];
	int			last_single;	/* values of deeper levels exist any number of times */
	PathNode   *roots[PATH_MAX_STEPS + 1];	/* per level; NULL when nothing is anchored there */
	bool		wants_members;	/* of its records, for columns of its own */
	bool		wants_elements;
	int			ncolumns;
	PathColumn *columns;
	bool		has_zip;		/* a record becomes as many rows as its arrays are long */
	bool		has_nested;		/* and some of them hold arrays in turn */
	bool		has_shared;
	bool		checks_null;
	int			line_attindex;	/* of the column that takes the record's line, or -1 */
	Oid			line_type;
	int			arrival_attindex;	/* of the column that takes the order of arrival, or -1 */
	int			index_attindex; /* of the column that takes the position in the list, or -1 */
	Oid			index_type;
	const char *list_name;		/* of the list that the records stand in, or NULL */
	int			parent_level;	/* of the records of the parent, which contain these; -1: none */
	int			grandparent_level;	/* the same of the parent's parent */
	bool		parent_may_be_root; /* a root that is no list is its record, by default */
	int			last_strict;	/* a page is at fault that lacks a step at this or a higher level */
} PathTree;

extern PathTree *PathTreeCreate(const DecodeSpec *spec);
/* One path of records, in the encoding of pages. */
extern Path *RecordsPathRead(const char *records);

/* The node, for attached decoders, of what the steps of path from that level on lead to below a root. */
extern PathNode *PathTreePlace(PathTree *tree, int root, const Path *path, int level);
/* A column that wants this very value. */
extern void PathNodeAddColumn(PathNode *node, PathColumn *column);

/* The member of that name, or NULL. */
extern PathNode *PathNodeSearch(PathNode *node, const char *name, size_t len);

/* The member that is likely to come next, if it is that one: members tend to come in one order. */
static inline PathNode *
PathNodeExpected(PathNode *node, const char *name, size_t len)
{
	if (likely(node->hint < node->nmembers))
	{
		PathNode   *member = node->members[node->hint];

		if (member->name_len == len && memcmp(member->name, name, len) == 0)
		{
			node->hint++;
			return member;
		}
	}
	return NULL;
}

static inline PathNode *
PathNodeMember(PathNode *node, const char *name, size_t len)
{
	PathNode   *member = PathNodeExpected(node, name, len);

	return likely(member != NULL) ? member : PathNodeSearch(node, name, len);
}

extern PathNode *PathNodeElement(PathNode *node, int64 index);

#endif
