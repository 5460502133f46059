/*
 * remove.h
 *	  Steps that take a partition out of its table, which several actions have.
 */
#ifndef ELT_PARTITION_REMOVE_H
#define ELT_PARTITION_REMOVE_H

#include "postgres.h"
#include "partition/part_work.h"

extern void PartDetach(PartWork *work);
extern char *PartDetachStatement(PartWork *work);
extern char *PartShowDetach(PartWork *work);

extern void PartDrop(PartWork *work);
extern char *PartShowDrop(PartWork *work);

#endif
