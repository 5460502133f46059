/*
 * walk_private.h
 *	  Declarations shared by the walk_*.c files.
 */
#ifndef ELT_DECODE_WALK_PRIVATE_H
#define ELT_DECODE_WALK_PRIVATE_H

#include "postgres.h"
#include "decode/decoder.h"

static inline bool
IsContainer(JsonToken token)
{
	return token == JSON_OBJECT_START || token == JSON_ARRAY_START;
}

/* The values anchored at a level, or NULL; without the record's own columns. */
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

/* ---- walk_fault.c ---- */

/* The message for a step that the value at this level does not have. */
extern char *MissingText(Decoder *d, int level);
/* Each fails the page and returns false. */
extern bool FailMissing(Decoder *d, int level);
extern bool FailTaint(Decoder *d);
extern bool FailDuplicate(Decoder *d, const char *name, int len);

/*
 * Fails for bytes outside of any record that are no JSON text. What is outside of the records of a
 * child is for the decoder of its parent to judge.
 */
static inline bool
CheckTaint(Decoder *d)
{
	if (likely(d->reader->tainted < 0))
		return true;
	if (d->tree->parent_level < 0)
		return FailTaint(d);
	ForgetTaint(d);
	return true;
}

/* ---- walk_beside.c ---- */

/* An instance of a level begins. */
extern void StartLevel(Decoder *d, int level);
/* Is everything that this level anchors known? A place is known once it has been passed. */
extern bool LevelIsKnown(Decoder *d, int level);
/* A value beside the way, whose key was just read: read it if it is anchored, else skip it. */
extern bool ReadBeside(Decoder *d, int level, PathNode *node, const char *name, size_t len);
/* The same for an element whose first token was just read. */
extern bool ReadElementBeside(Decoder *d, int level, PathNode *node, int64 index,
							  JsonToken token);

/* ---- walk_collect.c ---- */

/* Read the whole page for what its single levels anchor, then begin again. */
extern bool Collect(Decoder *d);

/* ---- walk_defer.c ---- */

/* Set aside the value that was just begun, through which the way leads. */
extern bool Defer(Decoder *d, Frame *frame, JsonToken token);
/* Read on in that value. */
extern void StartReplay(Decoder *d, Frame *frame);

#endif
