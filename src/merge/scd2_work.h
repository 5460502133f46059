/*
 * scd2_work.h
 *	  The work tables of an scd2 merge, and the terms that its statements share.
 *
 *		left		rows that cannot just be appended; _lost: the current version of their key is
 *					not the one in the log
 *		event		of those the one that counts at each time of each key, and its fate
 *		affected	keys whose history changes, and from where on
 *		had			versions that are there from then on
 *		wanted		versions that must be there
 *
 * They have neither indexes nor statistics: statements are planned so that they need none.
 */
#ifndef ELT_MERGE_SCD2_WORK_H
#define ELT_MERGE_SCD2_WORK_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "merge/scd2_shape.h"

/* A work table, qualified and quoted. */
extern char *Scd2Work(const Scd2 *scd, const char *what);

/* Have "left", and the others, empty; and empty them. */
extern void Scd2BeginLeft(const Scd2 *scd);
extern void Scd2BeginHistory(const Scd2 *scd);
extern void Scd2EndLeft(const Scd2 *scd);
extern void Scd2EndHistory(const Scd2 *scd);

/* The same as statements, for all of them. */
extern void Scd2WorkText(const Scd2 *scd, StringInfo text);
extern void Scd2EmptyText(const Scd2 *scd, StringInfo text);

/* What an observation consists of: the source's columns, state and lineage. */
extern char *Scd2ObservationColumns(const Scd2 *scd, const char *alias);

/* ", a.x, a.y" of MergeColumn *, or nothing. */
extern char *Scd2More(List *columns, const char *alias);

/* Hash of the columns' values. */
extern char *Scd2RowHash(List *columns);

/*
 * Is the state of one row (deleted, or its tracked values) not the other's? Hashes are compared
 * first, and values too, since two of them may have one hash.
 */
extern char *Scd2StatesDiffer(const Scd2 *scd, const char *left, const char *right);

/* Is a version not of a row's state, though it should be? For one that is at the row's time. */
extern char *Scd2VersionDiffers(const Scd2 *scd, const char *version, const char *row);

/* nextval of the target's surrogate key. */
extern char *Scd2NextKey(const Scd2 *scd);

#endif
