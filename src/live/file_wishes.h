/*
 * file_wishes.h
 *	  Conditions of a WHERE clause that the names of files decide.
 */
#ifndef ELT_LIVE_FILE_WISHES_H
#define ELT_LIVE_FILE_WISHES_H

#include "postgres.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "source/definition.h"
#include "source/file_filter.h"

/* The conditions (Expr *) among these clauses (RestrictInfo *) of a base relation. */
extern List *FileWishesFind(const SourceDefinition *def, RelOptInfo *rel, List *clauses);

/* A filter of files by them, for a scan that runs; NULL: there are none. */
extern FileFilter *FileWishesBegin(const SourceDefinition *def, List *wishes, ScanState *node);

/* The same while the scan is planned, by those whose values are known; ends with the EState. */
extern FileFilter *FileWishesPlan(const SourceDefinition *def, List *wishes, Index relid,
								  EState *estate);

#endif
