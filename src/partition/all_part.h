/*
 * all_part.h
 *	  A part of the view <table>_all, beside the table itself.
 *
 * To add a kind of parts, write a function that returns them, and list it in all_view.c.
 */
#ifndef ELT_PARTITION_ALL_PART_H
#define ELT_PARTITION_ALL_PART_H

#include "postgres.h"
#include "partition/parts.h"

typedef struct AllPart
{
	Oid			relid;			/* of any kind; columns are taken by name, one that it lacks is null */
	bool		hides;			/* the table may have the rows of a range, too: those are left out there */
	Part		hidden;			/* that range */
} AllPart;

#endif
