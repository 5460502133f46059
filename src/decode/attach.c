/*
 * attach.c
 *	  Attach the decoder of a child to that of its parent, so that a page is read once for both.
 *
 * The records of a child lie within a member of the records of its parent. When that member is met,
 * the child's decoder reads on in it with the same reader. What its columns take from the parent's
 * record, or from above that, gets a place in the tree of the decoder that reads it there.
 *
 * A child is not attached if the parent, or another child, reads the same member, or if the records
 * of the parent are not objects within a list: then its decoder reads the page once more.
 */
#include "base/compat.h"

#include "decode/decoder.h"
#include "utils/memutils.h"

/* Where a column of a child finds its value in the tree of another decoder. */
typedef struct Place
{
	Decoder    *reader;			/* whose tree it is */
	Decoder    *next;			/* the decoder that is attached to it, on the way to the child */
	int			root;
	bool		in_record;		/* it is part of the reader's records */
} Place;

/* ---- may it be attached? ---- */

static bool
ReadsPlainRecords(const Decoder *d)
{
	const PathTree *tree = d->tree;

	return tree != NULL && d->header == NULL && !tree->has_zip &&
		(tree->nsteps == 0 || tree->steps[tree->nsteps - 1].type != STEP_KEYVALUE) &&
		(d->framing == DECODE_DOCUMENT || d->framing == DECODE_DOCUMENTS);
}

static bool
ReadsPages(const Decoder *d)
{
	return d->host != NULL || d->tree->parent_level < 0;
}

static int
Depth(const Decoder *d)
{
	return d->head - JSON_HEAD_RECORD;
}

/* A value that exists once in the page may come after the records, and would need a first pass. */
static bool
IsInList(const Decoder *child)
{
	return child->tree->parent_level > child->tree->last_single;
}

static const PathStep *
WayIn(const Decoder *child)
{
	return &child->tree->steps[child->tree->parent_level];
}

/* The node of the member of the parent's records that the child's are in; NULL: none wants it. */
static PathNode *
NodeOnWay(const Decoder *parent, const Decoder *child)
{
	PathNode   *root = parent->tree->roots[parent->tree->nsteps];
	const PathStep *step = WayIn(child);

	return root == NULL ? NULL : PathNodeMember(root, step->name, step->name_len);
}

/* Which decoder reads a level above the child's own? */
static Place
PlaceOf(Decoder *parent, Decoder *child, int level)
{
	Place		place = {parent, child};

	while (place.reader->host != NULL && level <= place.reader->tree->parent_level)
	{
		place.next = place.reader;
		place.reader = place.reader->host;
	}
	place.in_record = level == place.next->tree->parent_level;
	place.root = place.in_record ? place.reader->tree->nsteps : level;
	return place;
}

static bool
IsAbove(const Decoder *child, const PathColumn *column)
{
	return column->node != NULL && column->level <= child->tree->parent_level;
}

/* Does the path lead through a member whose text a child reads? */
static bool
LeadsThroughChild(const Place *place, const PathColumn *column)
{
	PathNode   *node = place->reader->tree->roots[place->root];
	const PathStep *step = &column->path->steps[column->level];

	if (node != NULL)
		node = PathNodeMember(node, step->name, step->name_len);
	return node != NULL && node->attached != NULL && node->attached->child != NULL;
}

static bool
MayBePlaced(Decoder *parent, Decoder *child, const PathColumn *column)
{
	Place		place = PlaceOf(parent, child, column->level);

	if (column->zipped || column->path->steps[column->level].type != STEP_MEMBER)
		return false;
	if (place.in_record)
		return !LeadsThroughChild(&place, column);
	return place.reader->host == NULL && !place.reader->tree->default_records;
}

static bool
MayBeAttached(Decoder *parent, Decoder *child)
{
	if (!ReadsPlainRecords(parent) || !ReadsPages(parent) || child->tree == NULL ||
		child->header != NULL || Depth(parent) + 1 >= JSON_NESTED_RECORDS)
		return false;
	if (!IsInList(child) || WayIn(child)->type != STEP_MEMBER || NodeOnWay(parent, child) != NULL)
		return false;
	for (int i = 0; i < child->tree->ncolumns; i++)
	{
		const PathColumn *column = &child->tree->columns[i];

		if (IsAbove(child, column) && !MayBePlaced(parent, child, column))
			return false;
	}
	return true;
}

/* ---- attaching ---- */

static AttachedNode *
AttachedTo(PathNode *node)
{
	if (node->attached == NULL)
		node->attached = palloc0(sizeof(AttachedNode));
	return node->attached;
}

/* The member of the reader's record, in which the value is, must be known before next begins. */
static void
FollowMember(const Place *place, const PathColumn *column, Decoder *child)
{
	PathNode   *root = place->reader->tree->roots[place->root];
	const PathStep *step = &column->path->steps[column->level];
	PathNode   *member = PathNodeMember(root, step->name, step->name_len);
	AttachedNode *of_member = AttachedTo(member);
	AttachedNode *way = NodeOnWay(place->reader, place->next)->attached;

	of_member->followers = list_append_unique_ptr(of_member->followers, child);
	way->needs = list_append_unique_ptr(way->needs, member);
}

static void
PlaceColumn(Decoder *parent, Decoder *child, PathColumn *column)
{
	Place		place = PlaceOf(parent, child, column->level);
	PathNode   *node = PathTreePlace(place.reader->tree, place.root, column->path, column->level);

	column->owner = child;
	PathNodeAddColumn(node, column);
	if (place.in_record)
		FollowMember(&place, column, child);
}

static void
Attach(Decoder *parent, Decoder *child)
{
	const PathTree *tree = child->tree;
	Path		way = {.nsteps = 1, .steps = {*WayIn(child)}};
	PathNode   *node = PathTreePlace(parent->tree, parent->tree->nsteps, &way, 0);

	AttachedTo(node)->child = child;
	child->host = parent;
	child->head = parent->head + 1;
	parent->attached = lappend(parent->attached, child);
	parent->record_level = tree->parent_level;
	for (Decoder *host = parent; host != NULL; host = host->host)
		host->descendants = lappend(host->descendants, child);
	for (int i = 0; i < tree->ncolumns; i++)
		if (IsAbove(child, &tree->columns[i]))
			PlaceColumn(parent, child, &tree->columns[i]);
}

bool
DecoderAttach(Decoder *parent, Decoder *child, RowBatch *batch, RowSink sink, void *state)
{
	MemoryContext old;

	if (!MayBeAttached(parent, child))
		return false;
	old = MemoryContextSwitchTo(parent->cxt);
	Attach(parent, child);
	MemoryContextSwitchTo(old);
	child->batch = batch;
	child->sink = sink;
	child->sink_state = state;
	return true;
}

void
DecoderFinishAttached(Decoder *child)
{
	if (child->failed)
		RaiseFailure(child);
	BatchResolve(child->batch);
}
