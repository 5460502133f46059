/*
 * walk_collect.c
 *	  The first pass over a page whose anchored values come after the records.
 */
#include "postgres.h"

#include "decode/walk_private.h"

static bool CollectLevel(Decoder *d, int level, JsonToken token);

/* The way on: what is wrong in there is for the second pass to find. */
static bool
SkipWay(Decoder *d, JsonToken token)
{
	int64		tainted = d->reader->tainted;
	bool		done = SkipValue(d->reader, token);

	d->reader->tainted = tainted;
	return done;
}

/* The step at this level has been met: go down as long as there is one instance. */
static bool
CollectStep(Decoder *d, int level, JsonToken token)
{
	if (level + 1 < d->tree->last_single)
		return CollectLevel(d, level + 1, token);
	return SkipWay(d, token);
}

static bool
CollectMembers(Decoder *d, int level, PathNode *root)
{
	const PathStep *step = &d->steps[level];

	for (;;)
	{
		JsonToken	token = JsonNext(d->reader);
		size_t		len = d->reader->len;
		const char *name;
		bool		done;

		if (token != JSON_KEY)
			return token == JSON_OBJECT_END;
		name = UnescapedText(d, d->reader->text, &len, d->reader->escaped);
		if (name && step->name_len == len && memcmp(step->name, name, len) == 0)
			done = CollectStep(d, level, JsonNext(d->reader));
		else
			done = ReadBeside(d, level, name && root ? PathNodeMember(root, name, len) : NULL,
							  name, len);
		if (!done)
			return false;
	}
}

static bool
CollectElements(Decoder *d, int level, PathNode *root)
{
	for (int64 index = 0;; index++)
	{
		JsonToken	token = JsonNext(d->reader);
		bool		done;

		if (token == JSON_ARRAY_END)
			return true;
		if (token == JSON_ERROR)
			return false;
		if (index == d->steps[level].index)
			done = CollectStep(d, level, token);
		else
			done = ReadElementBeside(d, level, root ? PathNodeElement(root, index) : NULL, index,
									 token);
		if (!done)
			return false;
	}
}

static bool
CollectLevel(Decoder *d, int level, JsonToken token)
{
	PathNode   *root = AnchorRoot(d, level);

	StartLevel(d, level);
	if (token == JSON_OBJECT_START && d->steps[level].type == STEP_MEMBER)
		return CollectMembers(d, level, root);
	if (token == JSON_ARRAY_START && d->steps[level].type == STEP_INDEX)
		return CollectElements(d, level, root);
	return SkipWay(d, token);
}

bool
Collect(Decoder *d)
{
	JsonFraming framing = JSON_ONE;

	d->source->rewind(d->source->state);
	JsonReaderOpen(d->page, d->source, framing);
	if (!CollectLevel(d, 0, JsonNext(d->reader)))
		return d->failed ? false : FailReader(d);
	if (!CheckTaint(d))
		return false;
	d->collected = true;
	d->source->rewind(d->source->state);
	JsonReaderOpen(d->page, d->source, framing);
	d->level = 0;
	d->parents = 0;
	return true;
}
