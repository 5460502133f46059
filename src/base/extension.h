/*
 * extension.h
 *	  The extension in this database: its owner, and whether its objects are of the library's version.
 */
#ifndef ELT_BASE_EXTENSION_H
#define ELT_BASE_EXTENSION_H

#include "postgres.h"

/* Of pg_elt.control's default_version. */
#define ELT_VERSION "1.0"

/* Owner of the extension in this database; raises an error when it is not installed. */
extern Oid	ExtensionOwner(void);

/* The same, but also raises an error when its objects are not of ELT_VERSION. */
extern Oid	ExtensionOwnerOfVersion(void);

/* The check alone, for functions whose arguments depend on the version. */
extern void ExtensionCheckVersion(void);

/* Whether it is installed and of ELT_VERSION; warns of another version. */
extern bool ExtensionIsUsable(void);

#endif
