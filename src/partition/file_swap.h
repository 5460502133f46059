/*
 * file_swap.h
 *	  Exchange the files of two relations, which keep all else.
 */
#ifndef ELT_PARTITION_FILE_SWAP_H
#define ELT_PARTITION_FILE_SWAP_H

#include "postgres.h"

/*
 * Of two relations of the same shape in the same tablespace, locked exclusively and not open here; made
 * is new in this transaction. The sizes that the planner knows go along.
 */
extern void SwapFiles(Oid kept, Oid made);
/* The same of two tables, with their TOAST tables. */
extern void SwapTables(Oid kept, Oid made);
/* Once the other table has been dropped: name the TOAST table as that of its table. */
extern void NameToast(Oid relid);

#endif
