/*
 * scd2_rename.h
 *	  Rename columns in the tables that a history is computed with.
 */
#ifndef ELT_MERGE_SCD2_RENAME_H
#define ELT_MERGE_SCD2_RENAME_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "check/renaming.h"

/* A table that has the new names already is left alone. */
extern void Scd2RenameColumns(const Pipeline *p, const Renaming *r);

#endif
