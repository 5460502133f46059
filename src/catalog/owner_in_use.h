/*
 * owner_in_use.h
 *	  Roles that own something in the catalogue are not dropped.
 */
#ifndef ELT_CATALOG_OWNER_IN_USE_H
#define ELT_CATALOG_OWNER_IN_USE_H

extern void OwnerInUseInit(void);

#endif
