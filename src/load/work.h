/*
 * work.h
 *	  Tables in which a merge keeps what it has found out: elt_staging."<pipeline>$<what>".
 *
 * They stay, empty, from one merge to the next, as the columns of a table that is made and
 * dropped each time would be left behind in pg_attribute. They belong to the extension's owner;
 * the pipeline's owner has their rows. Who uses them holds the pipeline's lock.
 */
#ifndef ELT_LOAD_WORK_H
#define ELT_LOAD_WORK_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Its name, quoted. what: one of those that work.c lists. */
extern char *WorkTable(const Pipeline *p, const char *what);

/*
 * Have it with these columns, empty. They are written as "name type, name type", with names
 * quoted and types as ColumnType has them.
 */
extern void WorkTableBegin(const Pipeline *p, const char *what, const char *columns);
extern void WorkTableEnd(const Pipeline *p, const char *what);

/* All of a pipeline that is dropped, renamed or given away. */
extern void WorkTablesDrop(const Pipeline *p);

#endif
