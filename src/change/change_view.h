/*
 * change_view.h
 *	  What people read of a change log: the view of changes, and the function for rows as of a time.
 */
#ifndef ELT_CHANGE_CHANGE_VIEW_H
#define ELT_CHANGE_CHANGE_VIEW_H

#include "postgres.h"
#include "catalog/change_log.h"

/* An object is dropped with the target. */
extern void ChangeGoesWith(Oid class, Oid object, Oid target);
/* Has nobody dropped its tables? */
extern bool ChangeLogIsThere(const ChangeLog *log);
/* Create the view of changes; remakes: again, after it was dropped here. Sets log->changes. */
extern void ChangeViewCreate(ChangeLog *log, const char *name, bool remakes);
/* Columns were added at the end. */
extern void ChangeViewExtend(const ChangeLog *log);
/*
 * The role that replaces or re-creates an object which the owner of a log has in a schema: that owner, or the
 * owner of the extension if the former no longer has the privilege to create objects there.
 */
extern Oid	ChangeMaker(Oid schema, Oid owner);
/* A function with this qualified name, or InvalidOid. */
extern Oid	AsOfFunction(const char *name);
/* Its name, qualified and quoted, or NULL. */
extern char *ChangeAsOfName(const ChangeLog *log);
/* The owner of a function. */
extern Oid	FunctionOwner(Oid function);
/* Make or replace the function, where the types of columns permit one; sets log->as_of. */
extern void ChangeAsOfCreate(ChangeLog *log);
/* Let the roles that may read the target read its changes, and no others. */
extern void ChangeGrantsFollow(const ChangeLog *log);

#endif
