/*
 * walk.c
 *	  The way through a page to its records, and the values that stand beside it.
 *
 * Each level of the way is a frame. A member of an object on the way is the next step, or
 * the beginning of an anchored column's path, or skipped. What a level anchors must be known
 * before the first record below it is made:
 *
 *	- where a level exists once in the page, a first pass over the source reads it;
 *	- where it exists many times, the way on is set aside as text until its object ends, and
 *	  replayed then. The record memory bounds that text.
 *
 * Both happen only when the text has them in the wrong order.
 */
#include "postgres.h"

#include "decode/decoder.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

static const PathStep each_element = {STEP_EACH};

static inline bool
IsContainer(JsonToken token)
{
	return token == JSON_OBJECT_START || token == JSON_ARRAY_START;
}

/* What is anchored at a level, or NULL. The record's own columns are not. */
static inline PathNode *
AnchorRoot(Decoder *d, int level)
{
	return level < d->tree->nsteps ? d->tree->roots[level] : NULL;
}

/* The first pass has read what is anchored here. */
static inline bool
IsCollected(Decoder *d, int level)
{
	return d->collected && level <= d->tree->last_single;
}

/* ---- faults ---- */

static const char *
StepText(const PathStep *step)
{
	switch (step->type)
	{
		case STEP_MEMBER:
			return psprintf("member \"%s\"", step->name);
		case STEP_INDEX:
			return psprintf("element [" INT64_FORMAT "]", step->index);
		case STEP_EACH:
			return "array";
		case STEP_KEYVALUE:
			return "object";
	}
	return "";
}

/* The way to the value at a level, as a path. */
static char *
WayText(Decoder *d, int level)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoChar(&text, '$');
	for (int i = 0; i < level; i++)
	{
		const PathStep *step = &d->steps[i];

		if (step->type == STEP_MEMBER)
			appendStringInfo(&text, ".%s", step->name);
		else if (step->type == STEP_INDEX)
			appendStringInfo(&text, "[" INT64_FORMAT "]", step->index);
		else
			appendStringInfoString(&text, step->type == STEP_EACH ? "[*]" : ".keyvalue()");
	}
	return text.data;
}

/* What the next step needs is not in the value at this level, or the value is not that. */
static char *
MissingText(Decoder *d, int level)
{
	const PathStep *step = &d->steps[level];
	const char *place = "";

	if (level > 0)
		place = psprintf(" %s \"%s\"", PathStepIterates(step) ? "at" : "in", WayText(d, level));
	return psprintf("page does not have the %s%s that leads to the records", StepText(step), place);
}

/* Bytes outside of any record that are no JSON text. */
static bool
CheckTaint(Decoder *d)
{
	if (d->reader->tainted < 0)
		return true;
	return FailPage(d, psprintf("%s holds NaN, Infinity or text that is not UTF-8 at byte "
								INT64_FORMAT, d->framing == DECODE_LINES ? "line" : "page",
								d->reader->tainted));
}

static bool
FailDuplicate(Decoder *d, const char *name, int len)
{
	return FailPage(d, psprintf("key \"%.*s\" occurs twice on the way to the records", len, name));
}

/* ---- anchored values ---- */

static void
StartLevel(Decoder *d, int level)
{
	Frame	   *frame = &d->frames[level];
	PathNode   *root = AnchorRoot(d, level);

	frame->stamp = ++d->stamp;
	frame->index = 0;
	frame->found = frame->inner = false;
	frame->deferred.seen = false;
	frame->outer = NULL;
	if (root && !IsCollected(d, level))
		ClearNode(d, root);
}

/* Is everything that this level anchors known? A place is known once it has been passed. */
static bool
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

/* A value beside the way: read it if it is anchored, else skip it. */
static bool
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
	return ReadNode(d, node, stamp, JsonNext(d->reader));
}

static bool
ReadElementBeside(Decoder *d, int level, PathNode *node, int64 index, JsonToken token)
{
	PathStep	step = {STEP_INDEX, .index = index};
	int64		tainted = d->reader->tainted;

	if (node && !IsCollected(d, level))
	{
		node->stamp = d->frames[level].stamp;
		return ReadNode(d, node, node->stamp, token);
	}
	if (!SkipValue(d->reader, token))
		return false;
	if (d->others != NIL && LeadsToOtherList(d, level, &step))
		d->reader->tainted = tainted;
	return true;
}

/* ---- the first pass ---- */

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

/* Read the whole page for what its single levels anchor, then begin again. */
static bool
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
	return true;
}

/* ---- the way on, set aside ---- */

static bool
Defer(Decoder *d, Frame *frame, JsonToken token)
{
	JsonValue	value = {token};
	int64		mark;

	if (token == JSON_NULL)
		return true;			/* null has no records */
	frame->offset = JsonTokenOffset(d->reader);
	frame->line = JsonLine(d->reader);
	if (IsContainer(token))
	{
		mark = JsonMark(d->reader);
		if (JsonSkipRest(d->reader) == JSON_ERROR)
			return false;
		value.text = JsonMarked(d->reader, mark, &value.len);
	}
	else
		value = ValueOfToken(d->reader, token);
	if (value.len > d->record_memory)
		return FailMemory(d);
	/* what is wrong in there is for the replay to find */
	d->reader->tainted = -1;
	KeepValue(d, &frame->deferred, &value);
	return !d->failed;
}

static bool
DeferredNext(void *state, const char **data, size_t *len)
{
	Frame	   *frame = state;

	if (frame->given)
		return false;
	frame->given = true;
	*data = frame->deferred.text;
	*len = frame->deferred.len;
	return true;
}

static void
StartReplay(Decoder *d, Frame *frame)
{
	if (frame->replay == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(d->cxt);

		frame->replay = JsonReaderCreate(d->record_memory, d->max_depth);
		frame->source.next = DeferredNext;
		frame->source.state = frame;
		MemoryContextSwitchTo(old);
	}
	frame->given = false;
	frame->deferred.seen = false;
	JsonReaderOpen(frame->replay, &frame->source, JSON_ONE);
	JsonReaderMoveTo(frame->replay, frame->offset, frame->line);
	frame->outer = d->reader;
	d->reader = frame->replay;
}

/* ---- frames ---- */

/*
 * The value at a level is not the container that the next step needs. Null has no records.
 * Anything else is a fault: of the page, or of this one value where there are many.
 */
static bool
WrongContainer(Decoder *d, int level, JsonToken token)
{
	char	   *message;

	if (token == JSON_NULL)
		return true;
	message = MissingText(d, level);
	if (level <= d->tree->last_single)
		return FailPage(d, message);
	d->records++;
	d->record_offset = JsonTokenOffset(d->reader);
	JsonHeadStart(d->reader, JSON_HEAD_RECORD, RAW_LIMIT + 4);
	if (IsContainer(token) && JsonSkipRest(d->reader) == JSON_ERROR)
		return false;
	RejectRecord(d, OriginOfRecord(d), NULL, "type", ERRCODE_DATATYPE_MISMATCH, message);
	return true;
}

/* The first token of the value at level d->level has been read. */
static Arrival
Arrive(Decoder *d, JsonToken token)
{
	const PathStep *step;

	if (token == JSON_ERROR)
		return ARRIVED_FAILED;
	d->token = token;
	if (d->level == d->nsteps)
		return ARRIVED_RECORD;
	if (d->level > 0 && d->steps[d->level - 1].type == STEP_KEYVALUE)
	{
		/* the member itself is a level: its key may be anchored, its value leads on */
		PathNode   *root = AnchorRoot(d, d->level);
		PathNode   *key = root ? PathNodeMember(root, "key", 3) : NULL;
		JsonValue	name = {JSON_STRING, d->key.escaped, d->key.text, d->key.len};

		StartLevel(d, d->level);
		d->frames[d->level].inner = true;
		if (key)
			key->stamp = d->frames[d->level].stamp;
		for (int i = 0; key && i < key->ncolumns; i++)
			TakeValue(d, key->columns[i], &name);
		d->level++;
		if (d->level == d->nsteps)
			return ARRIVED_RECORD;
	}
	step = &d->steps[d->level];
	if ((token == JSON_OBJECT_START && (step->type == STEP_MEMBER || step->type == STEP_KEYVALUE)) ||
		(token == JSON_ARRAY_START && (step->type == STEP_INDEX || step->type == STEP_EACH)))
	{
		StartLevel(d, d->level++);
		return ARRIVED_ON_THE_WAY;
	}
	return WrongContainer(d, d->level, token) ? ARRIVED_ON_THE_WAY : ARRIVED_FAILED;
}

/* The container of the innermost frame has ended. */
static bool
LeaveFrame(Decoder *d)
{
	int			level = d->level - 1;
	Frame	   *frame = &d->frames[level];
	PathStepType type = d->steps[level].type;

	if ((type == STEP_MEMBER || type == STEP_INDEX) && !frame->found &&
		level <= d->tree->last_single && d->framing == DECODE_DOCUMENT)
		return FailPage(d, MissingText(d, level));
	d->level--;
	return true;
}

/* The step has been met: everything anchored beside it must be known first. */
static Arrival
TakeStep(Decoder *d, JsonToken token)
{
	int			level = d->level - 1;
	bool		done;

	if (token == JSON_ERROR)
		return ARRIVED_FAILED;
	d->frames[level].found = true;
	if (LevelIsKnown(d, level))
		return Arrive(d, token);
	if (level <= d->tree->last_single)
		done = Collect(d);
	else
		done = Defer(d, &d->frames[level], token);
	return done ? ARRIVED_ON_THE_WAY : ARRIVED_FAILED;
}

/* ---- one token of each kind of frame ---- */

static Arrival
NextMember(Decoder *d)
{
	int			level = d->level - 1;
	const PathStep *step = &d->steps[level];
	PathNode   *root = AnchorRoot(d, level);
	size_t		len = d->reader->len;
	const char *name = UnescapedText(d, d->reader->text, &len, d->reader->escaped);

	if (name && step->name_len == len && memcmp(step->name, name, len) == 0)
	{
		if (d->frames[level].found)
		{
			FailDuplicate(d, name, len);
			return ARRIVED_FAILED;
		}
		return CheckTaint(d) ? TakeStep(d, JsonNext(d->reader)) : ARRIVED_FAILED;
	}
	return ReadBeside(d, level, name && root ? PathNodeMember(root, name, len) : NULL, name, len) ?
		ARRIVED_ON_THE_WAY : ARRIVED_FAILED;
}

static Arrival
NextElement(Decoder *d, JsonToken token)
{
	int			level = d->level - 1;
	Frame	   *frame = &d->frames[level];
	PathNode   *root = AnchorRoot(d, level);
	int64		index = frame->index++;

	if (index == d->steps[level].index)
		return TakeStep(d, token);
	return ReadElementBeside(d, level, root ? PathNodeElement(root, index) : NULL, index, token) ?
		ARRIVED_ON_THE_WAY : ARRIVED_FAILED;
}

static Arrival
NextKeyValue(Decoder *d)
{
	JsonValue	name = ValueOfToken(d->reader, JSON_STRING);

	KeepValue(d, &d->key, &name);
	if (d->failed || !CheckTaint(d))
		return ARRIVED_FAILED;
	return Arrive(d, JsonNext(d->reader));
}

static Arrival
NextInFrame(Decoder *d)
{
	PathStepType type = d->steps[d->level - 1].type;
	JsonToken	token;

	/* an element is a record, or may lead to some: what came before it was not */
	if ((type == STEP_EACH || type == STEP_INDEX) && !CheckTaint(d))
		return ARRIVED_FAILED;
	token = JsonNext(d->reader);
	if (token == JSON_ERROR)
		return ARRIVED_FAILED;
	if (token == JSON_OBJECT_END || token == JSON_ARRAY_END)
	{
		Frame	   *frame = &d->frames[d->level - 1];

		if (!frame->deferred.seen)
			return LeaveFrame(d) ? ARRIVED_ON_THE_WAY : ARRIVED_FAILED;
		StartReplay(d, frame);
		return Arrive(d, JsonNext(d->reader));
	}
	switch (type)
	{
		case STEP_MEMBER:
			return NextMember(d);
		case STEP_INDEX:
			return NextElement(d, token);
		case STEP_KEYVALUE:
			return NextKeyValue(d);
		case STEP_EACH:
			break;
	}
	return Arrive(d, token);
}

/* A frame that has no text of its own, or whose replay is over, ends at once. */
static bool
EndsAtOnce(Decoder *d)
{
	Frame	   *frame = &d->frames[d->level - 1];

	if (frame->inner)
	{
		d->level--;
		return true;
	}
	if (frame->outer == NULL)
		return false;
	d->reader = frame->outer;
	frame->outer = NULL;
	d->level--;
	return true;
}

/* ---- documents ---- */

static void
ChooseSteps(Decoder *d, JsonToken token)
{
	bool		unwrap = d->tree->default_records && token == JSON_ARRAY_START;

	d->steps = unwrap ? &each_element : d->tree->steps;
	d->nsteps = unwrap ? 1 : d->tree->nsteps;
}

static Arrival
NextDocument(Decoder *d)
{
	JsonToken	token;

	if (!CheckTaint(d))
		return ARRIVED_FAILED;
	token = JsonNext(d->reader);
	if (token == JSON_END)
	{
		d->ended = true;
		return ARRIVED_ON_THE_WAY;
	}
	if (d->framing == DECODE_LINES)
		BeginLine(d);
	ChooseSteps(d, token);
	return Arrive(d, token);
}

void
WalkReset(Decoder *d)
{
	d->reader = d->page;
	d->level = 0;
	for (int i = 0; i <= PATH_MAX_STEPS; i++)
		d->frames[i].outer = NULL;
}

Arrival
WalkToRecord(Decoder *d)
{
	Arrival		arrival;

	do
	{
		CHECK_FOR_INTERRUPTS();
		if (d->level > 0 && EndsAtOnce(d))
			arrival = ARRIVED_ON_THE_WAY;
		else
			arrival = d->level > 0 ? NextInFrame(d) : NextDocument(d);
	} while (arrival == ARRIVED_ON_THE_WAY && !d->ended && !IsFull(d));
	/* a line has to be sound before its rows are handed on */
	if (arrival == ARRIVED_ON_THE_WAY && d->level == 0 && !CheckTaint(d))
		return ARRIVED_FAILED;
	return arrival;
}
