/*
 * staged_windows.h
 *	  The windows of a batch: the rows of the target that they cover, and staged rows outside of
 *	  them.
 */
#ifndef ELT_MERGE_STAGED_WINDOWS_H
#define ELT_MERGE_STAGED_WINDOWS_H

#include "postgres.h"
#include "check/quarantine.h"
#include "merge/shape.h"

/*
 * Condition over a row of the target: it lies in the window of a staged slice that landed or
 * was empty, and has the values of its params. "false" when there is none.
 */
extern char *StagedWindowsCover(const MergeShape *shape, const char *alias);

/* Staged rows without a time. */
extern BadRows *TimelessRows(const MergeShape *shape);

/* Error unless each staged row lies in the window of its own slice. */
extern void StagedWindowsCheck(const MergeShape *shape);

#endif
