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
/* Make the view of changes, or make it again, once it has been dropped here; sets log->changes. */
extern void ChangeViewCreate(ChangeLog *log, const char *name, bool remakes);
/* Columns were added at the end. */
extern void ChangeViewExtend(const ChangeLog *log);
/*
 * Who makes what the owner of a log had in a schema again, and has it now or has just dropped it: the
 * owner, or the owner of the extension, where the owner may not create objects there any more.
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
/* Who may read the target may read its changes, and nobody else. */
extern void ChangeGrantsFollow(const ChangeLog *log);

#endif
