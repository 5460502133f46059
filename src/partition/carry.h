/*
 * carry.h
 *	  Give a new partition the properties of its table that LIKE and ATTACH omit.
 */
#ifndef ELT_PARTITION_CARRY_H
#define ELT_PARTITION_CARRY_H

#include "postgres.h"

/*
 * Privileges (unless rows are protected: those of the table would not hold for reads of the
 * partition itself), replica identity, comment, statistics targets and options of columns; and
 * publications that name the latest partition, without which the new one would not be published.
 */
extern void CarryProperties(Oid relation, Oid part, Oid latest, Oid owner);
/* " USING ... WITH (...) TABLESPACE ..." of the latest partition, if any, the tablespace of the table. */
extern char *StorageClauses(Oid relation, Oid latest);
/* "UNLOGGED " if the latest partition is, else "". */
extern const char *PersistenceClause(Oid latest);

#endif
