/*
 * work.h
 *	  Tables that live as long as one merge: elt_staging."<pipeline>$<what>".
 *
 * The pipeline's owner may not create in elt_staging, so they are made for him.
 */
#ifndef ELT_MERGE_WORK_H
#define ELT_MERGE_WORK_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Its name, quoted. */
extern char *WorkTable(const Pipeline *p, const char *what);
extern void WorkTableCreate(const Pipeline *p, const char *what, const char *columns);
extern void WorkTableDrop(const Pipeline *p, const char *what);

#endif
