/*
 * export_place.h
 *	  Where a server lets files be written, and whether the current user may write there.
 */
#ifndef ELT_SINK_EXPORT_PLACE_H
#define ELT_SINK_EXPORT_PLACE_H

#include "postgres.h"
#include "sink/output.h"

typedef struct ExportPlace
{
	const OutputKind *kind;
	char	   *place;
} ExportPlace;

/* Without a check of rights: for files that the user reads by a foreign table. */
extern ExportPlace ExportPlaceToRead(const char *name);
extern ExportPlace ExportPlaceOf(const char *server);

/* Raise an error when a path is no name within a place. */
extern void ExportPathCheck(const char *path);

#endif
