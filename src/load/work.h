/*
 * work.h
 *	  Work tables of merges: elt_staging."<pipeline>$<what>".
 *
 * They are kept empty between merges, because creating and dropping them each time would bloat
 * pg_attribute. They belong to the extension's owner; the pipeline's owner can access their
 * rows. The caller holds the pipeline's lock.
 */
#ifndef ELT_LOAD_WORK_H
#define ELT_LOAD_WORK_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Keys that a run of a transform is restricted to; absent where it reads everything. */
#define CHANGED_KEYS "changed"
/* Of a pipeline with children: what became of records that do not land; see merge/fate.h. */
#define WORK_FATE "fate"

/* Its name, quoted. what: one of those that work.c lists. */
extern char *WorkTable(const Pipeline *p, const char *what);

/*
 * Create it empty with these columns, written as "name type, name type" with quoted names and
 * types of ColumnType.
 */
extern void WorkTableBegin(const Pipeline *p, const char *what, const char *columns);
/* The same with the rows that it has. */
extern void WorkTableEnsure(const Pipeline *p, const char *what, const char *columns);
/* Does it have rows, or had some since it was emptied? */
extern bool WorkTableIsUsed(const Pipeline *p, const char *what);
/* For one whose presence says something. */
extern bool WorkTableExists(const Pipeline *p, const char *what);
extern List *WorkTableColumns(const Pipeline *p, const char *what); /* char * */
extern void WorkTableDrop(const Pipeline *p, const char *what);
extern void WorkTableEnd(const Pipeline *p, const char *what);

/* All of a pipeline that is dropped, renamed or given away. */
extern void WorkTablesDrop(const Pipeline *p);

#endif
