/*
 * readers.h
 *	  Who may read a table may read what has left it.
 */
#ifndef ELT_PARTITION_READERS_H
#define ELT_PARTITION_READERS_H

#include "postgres.h"

/*
 * Let those read a relation, which has rows of a table, who may read all of the table. Where policies
 * of row security choose rows, only its owner may. One that is not ours keeps the readers that it has.
 */
extern void CarryReaders(Oid relation, Oid to, bool is_ours);

/* Let it be dropped together with the table, without CASCADE. */
extern void DropWith(Oid relation, Oid dependent);

#endif
