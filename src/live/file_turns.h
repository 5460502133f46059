/*
 * file_turns.h
 *	  Which process of a parallel scan reads which parts of which files.
 *
 * Each process begins with files that nobody has begun, and then helps with the parts of the others. A part
 * is taken once, by whoever asks first.
 */
#ifndef ELT_LIVE_FILE_TURNS_H
#define ELT_LIVE_FILE_TURNS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/definition.h"
#include "utils/dsa.h"

/* Those of one process. */
typedef struct FileTurns FileTurns;

/* The files of slices (Slice *), in shared memory of the area. */
extern dsa_pointer FileTurnsShare(dsa_area *area, List *slices);
/* Take part, in the current memory context. */
extern FileTurns *FileTurnsBegin(dsa_area *area, dsa_pointer shared);

/* The slices (Slice *), in the current memory context. */
extern List *FileTurnsSlices(const FileTurns *turns);

/* The number of the next slice of which this process may read parts; -1: there is none. */
extern int	FileTurnsNext(void *turns);
/*
 * The file that was opened for it. Raises an error when that is another one than other processes read:
 * each has its own rows.
 */
extern void FileTurnsCheck(FileTurns *turns, const SourceDefinition *def, const Slice *slice,
						   const SliceFile *file);
/* Is the next part of the slice this process's? Asked for all of its parts, in order. */
extern bool FileTurnsTake(void *turns);
/* All of its parts have been asked for. */
extern void FileTurnsEnd(FileTurns *turns);

#endif
