/*
 * type_owner.h
 *	  Whose code runs when a value of a type is made: the owner of a domain writes its checks.
 */
#ifndef ELT_BASE_TYPE_OWNER_H
#define ELT_BASE_TYPE_OWNER_H

#include "postgres.h"

/*
 * The owner of the domain or composite type that a value of type passes through and that may be
 * changed by somebody who cannot act as role; InvalidOid when there is none.
 */
extern Oid	TypeStrangeOwner(Oid type, Oid role);

#endif
