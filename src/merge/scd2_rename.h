/*
 * scd2_rename.h
 *	  Rename columns in the tables that a history is computed with.
 */
#ifndef ELT_MERGE_SCD2_RENAME_H
#define ELT_MERGE_SCD2_RENAME_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "utils/jsonb.h"

/* columns maps former names to new ones; a table that has them already is left alone. */
extern void Scd2RenameColumns(const Pipeline *p, Jsonb *columns);

#endif
