/*
 * manifest.h
 *	  The list of the files of an export, which is written behind all of them.
 */
#ifndef ELT_SINK_MANIFEST_H
#define ELT_SINK_MANIFEST_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "sink/output.h"

/* Readers of folders pass over names that begin with an underscore. */
#define MANIFEST_NAME "_manifest.json"

extern char *ManifestName(const char *folder);

/* Write it, without publishing; files are ExportedFile. */
extern OutputFile *ManifestWrite(const OutputKind *kind, const char *place, const char *folder,
								 List *files);

/* The names of the files (char *) that the manifest of an earlier export lists. */
extern List *ManifestFiles(const OutputKind *kind, const char *place, const char *folder);

#endif
