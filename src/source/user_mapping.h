/*
 * user_mapping.h
 *	  The user mapping of a role for a server.
 */
#ifndef ELT_SOURCE_USER_MAPPING_H
#define ELT_SOURCE_USER_MAPPING_H

#include "postgres.h"
#include "access/htup.h"
#include "nodes/pg_list.h"

/*
 * The row of pg_user_mapping of the role for the server, else that for PUBLIC, for ReleaseSysCache;
 * NULL: there is none.
 */
extern HeapTuple UserMappingFind(Oid role, Oid server);

/* Its options (DefElem *). */
extern List *UserMappingOptions(HeapTuple tuple);

#endif
