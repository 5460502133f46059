/*
 * quiet.h
 *	  Tell whether a table has only rows that all transactions see in the same way.
 */
#ifndef ELT_PARTITION_QUIET_H
#define ELT_PARTITION_QUIET_H

#include "postgres.h"
#include "utils/relcache.h"

/*
 * Is each row older than oldest, the oldest transaction that somebody may still not see as ended, and
 * none deleted since? Told twice with the same oldest, under a lock that keeps VACUUM away and a
 * snapshot that is not younger, it proves that nobody has written in between.
 */
extern bool TableIsQuiet(Relation table, TransactionId oldest);

#endif
