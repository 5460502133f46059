/*
 * member.h
 *	  Members of a dimension that are rows of a source: their table, and its columns.
 *
 * A member has a natural key, by which the source knows it, and a surrogate key, by which facts
 * refer to it. A history has a row for each version of a member, with a surrogate key of its own,
 * and the durable key that all of them have: the surrogate key of the first. A member that only
 * facts have named is inferred: its attributes are null until the source has it.
 */
#ifndef ELT_STAR_MEMBER_H
#define ELT_STAR_MEMBER_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "star/dimension.h"

/* A column that a member has from its source. */
typedef struct MemberColumn
{
	char	   *name;
	const char *quoted;
	const char *type;			/* as a column definition has it */
	Oid			type_oid;
	const char *equals;			/* operator, for a column of the natural key */
	const char *cast;			/* that makes values comparable: "" or "::text" */
	char	   *comment;		/* of the source, or NULL */
	bool		named;			/* the fixed members have their name here */
} MemberColumn;

/*
 * MemberColumn * of the natural key as the table of members has it, whatever has become of the source; of the
 * natural key as the source has it; and of the attributes.
 */
extern List *MemberKey(const Dimension *d);
extern List *MemberSourceKey(const Dimension *d);
extern List *MemberAttributes(const Dimension *d);
/* "m.a = w.a AND m.b = w.b"; names is NIL, or what the right side calls them (char *). */
extern char *MemberMatch(List *columns, const char *left, const char *right, List *names);
/* "(m.a, m.b::text) IS DISTINCT FROM (w.a, w.b::text)", or "false" without columns. */
extern char *MembersDiffer(List *columns, const char *left, const char *right);
/* "f.a IS NULL OR f.b IS NULL" of columns (char *). */
extern char *AnyIsNull(List *names, const char *alias);
/* The condition valid_when over columns (char *) of rows; NULL without one. */
extern char *MemberIsValid(const Dimension *d, const char *alias, List *names);
extern bool MembersKeepHistory(const Dimension *d);
/* "nextval('s'::regclass)" of a new surrogate key */
extern char *MemberNextKey(const Dimension *d);
/* The type of valid_from and valid_to. */
extern Oid	MemberTimeType(const Dimension *d);
/* The relation whose columns are those of the members. */
extern Oid	MemberRelation(const Dimension *d);

extern void MembersCreateTable(const Dimension *d);
/* A constraint on what the fixed members have in the columns of the definition. */
extern void MembersPinFixed(const Dimension *d);
/* Put both views, with comments. */
extern void MembersCreateViews(const Dimension *d);

#endif
