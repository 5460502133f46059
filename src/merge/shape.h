/*
 * shape.h
 *	  Elements of the statements of a merge: names, key, comparisons, range column.
 */
#ifndef ELT_MERGE_SHAPE_H
#define ELT_MERGE_SHAPE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "lib/stringinfo.h"
#include "source/definition.h"

typedef struct MergeColumn
{
	char	   *name;			/* quoted */
	bool		key;
	const char *equals;			/* operator of a key column, qualified when not built in */
	const char *cast;			/* what makes values comparable: "" or "::text" */
	const char *type;			/* as a column definition has it, collation included */
	bool		hashable;		/* its type has a hash function */
	bool		composite;		/* IS NULL asks whether its fields are null */
} MergeColumn;

typedef struct MergeShape
{
	const Pipeline *pipeline;
	const SourceDefinition *source; /* as the run or the caller has read it; may be NULL */
	char	   *staging;		/* qualified and quoted */
	char	   *without;		/* a preview: tid[] of the staged rows that will not reach the merge */
	char	   *withheld;		/* a preview: tid[] of those of them that are not missing */
	char	   *target;			/* qualified and quoted */
	List	   *columns;		/* MergeColumn *, the source's, in order */
	List	   *keys;			/* those of columns that are the key, in the key's order */
	List	   *values;			/* the others */
	List	   *updates;		/* those of values that an update writes */
	List	   *replace_by;		/* those that tell scopes apart */
	/*
	 * SELECT of the scopes that a batch replaces: columns of replace_by and _whole, whether their
	 * missing rows are deleted; each once. NULL: what its answers prove.
	 */
	const char *scopes;
	List	   *sequence;		/* those that order two rows of a key, most significant first */
	char	   *deleted;		/* expression over a staged row, never null; NULL: no deletes */
	char	   *range_column;	/* quoted; NULL when no key column bounds what is read */
	char	   *range_name;		/* the same, unquoted */
	char	   *range_type;
} MergeShape;

/* Look at the staging table as it will be when these rows (tid[]) are gone. */
extern void ShapeWithout(MergeShape *shape, const char *tids);
/* A SELECT from shape->staging so that it sees what ShapeWithout says. */
extern char *OverStaged(const MergeShape *shape, char *select);

/* Of a pipeline whose target is not looked at. */
extern MergeShape *SourceShape(const Pipeline *p);
/* Those of columns that have these names, in the order of names. */
extern List *ColumnsNamed(const MergeShape *shape, List *names);

/* "s.a, s.b" of a list of MergeColumn; alias NULL: bare names. */
extern char *ColumnList(List *columns, const char *alias);
/* "a bigint, b pg_catalog.text" of a list of MergeColumn. */
extern char *ColumnDefinitions(List *columns);
/* "t.a = s.a AND t.b = s.b" of columns of the key, and of all of them. */
extern char *ColumnsMatch(List *columns, const char *left, const char *right);
extern char *KeyMatch(const MergeShape *shape, const char *left, const char *right);
/* "t.a IS NULL", "t.a IS NOT NULL", about the value itself; alias NULL: bare. */
extern char *ColumnIsNull(const MergeColumn *column, const char *alias);
extern char *ColumnIsNotNull(const MergeColumn *column, const char *alias);
/* "jsonb_build_object('a', t.a, 'b', t.b)" of the key. */
extern char *KeyAsJson(const MergeShape *shape, const char *alias);
/* "(t.v, t.w) IS DISTINCT FROM (s.v, s.w)" of what an update writes; NULL when that is nothing. */
extern char *ValuesDiffer(const MergeShape *shape, const char *left, const char *right);
/* "s.v, s.w::text" of a list of MergeColumn, cast so that they can be compared; alias NULL: bare. */
extern char *Comparable(List *columns, const char *alias);
/* Hash of the values of a list of MergeColumn, without those whose type has none. */
extern char *RowHash(List *columns, const char *alias);
/* "a IS NULL OR b IS NULL" of the key. */
extern char *KeyIsNull(const MergeShape *shape);

#endif
