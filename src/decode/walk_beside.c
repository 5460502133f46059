/*
 * walk_beside.c
 *	  Read values beside the path to the records where a column is anchored, and skip others.
 */
#include "postgres.h"

#include "decode/walk_private.h"

void
StartLevel(Decoder *d, int level)
{
	Frame	   *frame = &d->frames[level];
	PathNode   *root = AnchorRoot(d, level);

	frame->stamp = ++d->stamp;
	frame->index = 0;
	frame->found = frame->inner = false;
	frame->deferred.seen = false;
	frame->outer = NULL;
	if (level <= d->tainted_level && !IsCollected(d, level))
		d->tainted_level = -1;
	if (root && !IsCollected(d, level))
		ClearNode(d, root);
}

bool
LevelIsKnown(Decoder *d, int level)
{
	PathNode   *root = AnchorRoot(d, level);
	uint64		stamp = d->frames[level].stamp;

	if (root == NULL || IsCollected(d, level))
		return true;
	for (int i = 0; i < root->nmembers; i++)
	{
		if (root->members[i]->stamp != stamp)
			return false;
	}
	for (int i = 0; i < root->nelements; i++)
	{
		if (root->elements[i]->stamp != stamp)
			return false;
	}
	return true;
}

/* Do the records of another list lie that way? Then whoever reads them looks at its text. */
static bool
LeadsToOtherList(Decoder *d, int level, const PathStep *step)
{
	ListCell   *lc;

	foreach(lc, d->others)
	{
		const Path *other = lfirst(lc);
		int			common = 0;

		if (other->nsteps <= level)
			continue;
		while (common < level && PathStepEqual(&other->steps[common], &d->steps[common]))
			common++;
		if (common == level && PathStepEqual(&other->steps[level], step))
			return true;
	}
	return false;
}

/* A value beside the way that nobody wants, of which nothing has been read. */
static bool
SkipBeside(Decoder *d, int level, const PathStep *step)
{
	bool		elsewhere = d->others != NIL && LeadsToOtherList(d, level, step);
	int64		tainted = d->reader->tainted;

	if (JsonSkip(d->reader) == JSON_ERROR)
		return false;
	if (elsewhere)
		d->reader->tainted = tainted;
	return true;
}

/* A value of the ancestors of a child that is no text: none of its records can have it. */
static bool
ReadAnchored(Decoder *d, int level, PathNode *node, JsonToken token)
{
	if (!ReadNode(d, node, node->stamp, token))
		return false;
	if (d->others_taint >= 0 && d->reader->tainted < 0)
		d->reader->tainted = d->others_taint;
	d->others_taint = -1;
	if (d->tree->parent_level < 0 || d->reader->tainted < 0)
		return true;
	ForgetTaint(d);
	if (d->tainted_level < 0 || level < d->tainted_level)
		d->tainted_level = level;
	return true;
}

bool
ReadBeside(Decoder *d, int level, PathNode *node, const char *name, size_t len)
{
	uint64		stamp = d->frames[level].stamp;
	PathStep	step = {STEP_MEMBER, name, len};

	if (node == NULL)
		return name == NULL ? JsonSkip(d->reader) != JSON_ERROR : SkipBeside(d, level, &step);
	if (node->stamp == stamp)
		return FailDuplicate(d, node->name, node->name_len);
	if (IsCollected(d, level))
		return JsonSkip(d->reader) != JSON_ERROR;
	node->stamp = stamp;
	(void) (d->tree->parent_level >= 0 && CheckTaint(d));
	return ReadAnchored(d, level, node, JsonNext(d->reader));
}

bool
ReadElementBeside(Decoder *d, int level, PathNode *node, int64 index, JsonToken token)
{
	PathStep	step = {STEP_INDEX, .index = index};
	int64		tainted = d->reader->tainted;

	if (node && !IsCollected(d, level))
	{
		node->stamp = d->frames[level].stamp;
		return ReadAnchored(d, level, node, token);
	}
	if (!SkipValue(d->reader, token))
		return false;
	if (d->others != NIL && LeadsToOtherList(d, level, &step))
		d->reader->tainted = tainted;
	return true;
}
