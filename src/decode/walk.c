/*
 * walk.c
 *	  Walk through a page to its records, and read the values beside the path.
 *
 * Each level of the path is a frame. A member of an object on the path is the next step, the
 * beginning of an anchored column's path, or skipped. Values that are anchored at a level must
 * be known before the first record below it is decoded:
 *
 *	- where a level exists once in the page, a first pass over the source reads it;
 *	- where it exists many times, the value that contains the records is kept as text until its
 *	  object ends, and then replayed. The record memory limits that text.
 *
 * Both are needed only when anchored values come after the records.
 */
#include "postgres.h"

#include "decode/walk_private.h"
#include "miscadmin.h"

static const PathStep each_element = {STEP_EACH};

/* ---- frames ---- */

/*
 * A value of a parent, or above, that is no way to its records: it is for the parent's decoder to
 * reject, which counts it as a record unless that is its own parent's.
 */
static bool
PassParent(Decoder *d, int level, JsonToken token)
{
	if (level < d->tree->parent_level && level > d->tree->grandparent_level)
		d->parents++;
	return !IsContainer(token) || JsonSkipRest(d->reader) != JSON_ERROR;
}

/*
 * The value at a level is not the container that the next step needs. Null has no records.
 * Anything else is a fault: of the page, or of this one value where there are many.
 */
static bool
WrongContainer(Decoder *d, int level, JsonToken token)
{
	char	   *message;
	RowOrigin  *origin;

	if (token == JSON_NULL && !(d->tree->parent_may_be_root && level == 0))
		return true;
	if (level <= d->tree->parent_level)
		return PassParent(d, level, token);
	if (token == JSON_NULL)
		return true;
	if (level <= d->tree->last_strict)
		return FailMissing(d, level);
	message = MissingText(d, level);
	d->records++;
	d->record_offset = JsonTokenOffset(d->reader);
	JsonHeadStart(d->reader, d->head, d->batch->raw_limit + 4);
	if (IsContainer(token) && JsonSkipRest(d->reader) == JSON_ERROR)
		return false;
	origin = OriginOfRecord(d);
	origin->incomplete = true;	/* it is no record */
	RejectRecord(d, origin, NULL, "type", ERRCODE_DATATYPE_MISMATCH, message);
	return true;
}

/* A parent that has null in the place of the one record that it may have. */
static bool
IsNoChild(const Decoder *d, JsonToken token)
{
	return token == JSON_NULL && d->tree->parent_level >= 0 &&
		!PathStepIterates(&d->steps[d->nsteps - 1]);
}

/* The first token of the value at level d->level has been read. */
Arrival
Arrive(Decoder *d, JsonToken token)
{
	const PathStep *step;

	if (token == JSON_ERROR)
		return ARRIVED_FAILED;
	d->token = token;
	if (d->level == d->tree->parent_level)
		d->parents++;
	if (d->level == d->nsteps)
		return IsNoChild(d, token) ? ARRIVED_ON_THE_WAY : ARRIVED_RECORD;
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
		if (d->level == d->tree->parent_level)
			d->parents++;
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
		level <= d->tree->last_strict && d->framing == DECODE_DOCUMENT &&
		!d->tree->records_optional)
		return FailMissing(d, level);
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
	d->frames[d->level - 1].index++;
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
			d->frames[d->level - 1].index++;
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
	bool		unwrap = d->tree->default_records && token == JSON_ARRAY_START && !d->alone;

	d->steps = unwrap ? &each_element : d->tree->steps;
	d->nsteps = unwrap ? 1 : d->tree->nsteps;
}

/* To the value of a member that was kept with its key. */
static Arrival
FindValue(Decoder *d, JsonToken token)
{
	while (token == JSON_OBJECT_START && JsonNext(d->reader) == JSON_KEY)
	{
		bool		is_value = d->reader->len == 5 && memcmp(d->reader->text, "value", 5) == 0;
		bool		is_key = d->reader->len == 3 && memcmp(d->reader->text, "key", 3) == 0;
		JsonToken	next = JsonNext(d->reader);

		if (is_value)
		{
			d->token = next;
			return next == JSON_ERROR ? ARRIVED_FAILED : ARRIVED_RECORD;
		}
		if (is_key && next == JSON_STRING)
		{
			JsonValue	name = ValueOfToken(d->reader, JSON_STRING);

			KeepValue(d, &d->key, &name);
		}
		else if (!SkipValue(d->reader, next))
			return ARRIVED_FAILED;
	}
	FailPage(d, "text of the record has no member \"value\"");
	return ARRIVED_FAILED;
}

/* A record alone: the next token is its first one, or what comes behind it. */
static Arrival
NextAlone(Decoder *d)
{
	JsonToken	token = JsonNext(d->reader);

	if (d->records > 0 && RecordIsValue(d) && token == JSON_OBJECT_END)
		token = JsonNext(d->reader);
	d->ended = token == JSON_END;
	if (d->ended)
		return ARRIVED_ON_THE_WAY;
	if (token == JSON_ERROR)
		return ARRIVED_FAILED;
	ChooseSteps(d, token);
	if (RecordIsValue(d))
		return FindValue(d, token);
	d->token = token;
	return ARRIVED_RECORD;
}

static Arrival
NextDocument(Decoder *d)
{
	JsonToken	token;

	CHECK_FOR_INTERRUPTS();
	if (!CheckTaint(d))
		return ARRIVED_FAILED;
	if (d->alone)
		return NextAlone(d);
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
WalkOn(Decoder *d)
{
	CHECK_FOR_INTERRUPTS();
	return EndsAtOnce(d) ? ARRIVED_ON_THE_WAY : NextInFrame(d);
}

Arrival
WalkToRecord(Decoder *d)
{
	Arrival		arrival;

	do
	{
		arrival = d->level > 0 ? WalkOn(d) : NextDocument(d);
	} while (arrival == ARRIVED_ON_THE_WAY && !d->ended && !IsFull(d));
	/* a line has to be sound before its rows are handed on */
	if (arrival == ARRIVED_ON_THE_WAY && d->level == 0 && !CheckTaint(d))
		return ARRIVED_FAILED;
	return arrival;
}
