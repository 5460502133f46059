/*
 * renaming.h
 *	  Update conditions when a pipeline or a column of its source is renamed.
 */
#ifndef ELT_CHECK_RENAMING_H
#define ELT_CHECK_RENAMING_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "utils/jsonb.h"

typedef struct Renaming
{
	const char *row;			/* what conditions may call their row: the pipeline's name */
	const char *new_row;
	Jsonb	   *columns;		/* former names and new ones; NULL: none */
} Renaming;

/* The new name of a column; itself when it has none. */
extern char *RenamedColumn(const Renaming *r, char *name);
/* A condition, or UNIQUE (a, b), with the new names. */
extern char *RenamedCondition(const Renaming *r, const char *text);
/* Rename in all checks of a pipeline, in the catalog. */
extern void ChecksRename(const Pipeline *p, const Renaming *r);

#endif
