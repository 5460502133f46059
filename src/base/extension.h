/*
 * extension.h
 *	  The extension in this database: its owner, and whether its objects are of the library's version.
 */
#ifndef ELT_BASE_EXTENSION_H
#define ELT_BASE_EXTENSION_H

#include "postgres.h"

/* Of pg_elt.control's default_version. */
#define ELT_VERSION "1.0"

/* Owner of the extension in this database; error when it is not installed. */
extern Oid	ExtensionOwner(void);

/* The same for work on its objects; error when they are not of ELT_VERSION. */
extern Oid	ExtensionOwnerOfVersion(void);

/* For functions that read arguments of their version before they work on its objects. */
extern void ExtensionCheckVersion(void);

/* Whether it is installed and of ELT_VERSION; warns of another version. */
extern bool ExtensionIsUsable(void);

#endif
