/*
 * type_owner.h
 *	  Find the owners of code that runs when a value of a type is constructed, such as domain
 *	  checks.
 */
#ifndef ELT_BASE_TYPE_OWNER_H
#define ELT_BASE_TYPE_OWNER_H

#include "postgres.h"

/*
 * The owner of a domain or composite type within type, when that owner cannot act as role;
 * InvalidOid when there is none.
 */
extern Oid	TypeStrangeOwner(Oid type, Oid role);

#endif
