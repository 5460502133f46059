/*
 * hive_folder.h
 *	  Folders that are named by values of columns, "dt=2024-01-01/region=north", as Hive names them.
 */
#ifndef ELT_SINK_HIVE_FOLDER_H
#define ELT_SINK_HIVE_FOLDER_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

typedef struct HiveFolders HiveFolders;

/* Raise an error unless columns (char *) are columns of desc, each once, and leave some of it. */
extern HiveFolders *HiveFoldersFor(TupleDesc desc, List *columns);

/* The columns of desc that files have. */
extern TupleDesc HiveFileDesc(const HiveFolders *folders);
/* Their values; both arrays are valid until the next call. */
extern void HiveFileValues(HiveFolders *folders, const Datum *values, const bool *nulls,
						   const Datum **file_values, const bool **file_nulls);

/* Does a row belong to another folder than the one before it? */
extern bool HiveFolderIsNew(HiveFolders *folders, const Datum *values, const bool *nulls);
/* The folder of that row. */
extern const char *HiveFolder(const HiveFolders *folders);

#endif
