/*
 * readers.h
 *	  Who may read a table may read what has left it.
 */
#ifndef ELT_PARTITION_READERS_H
#define ELT_PARTITION_READERS_H

#include "postgres.h"
#include "nodes/pg_list.h"

/*
 * Let the roles that may read all of a table read relations (Oid) of one owner that have rows of it. With
 * row-level security on the table, only its owner may. Relations that are not ours keep the readers that
 * they have.
 */
extern void CarryReaders(Oid relation, List *to, Oid owner, bool is_ours);

/* Let it be dropped together with the table, without CASCADE. */
extern void DropWith(Oid relation, Oid dependent);

#endif
