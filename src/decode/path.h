/*
 * path.h
 *	  The supported subset of SQL/JSON path for columns and records.
 */
#ifndef ELT_DECODE_PATH_H
#define ELT_DECODE_PATH_H

#include "postgres.h"
#include "nodes/pg_list.h"

#define PATH_MAX_STEPS 64

typedef enum PathStepType
{
	STEP_MEMBER,				/* .name */
	STEP_INDEX,					/* [n] */
	STEP_EACH,					/* [*] */
	STEP_KEYVALUE				/* .keyvalue(), and .* for .keyvalue().value */
} PathStepType;

typedef struct PathStep
{
	PathStepType type;
	const char *name;			/* STEP_MEMBER */
	int			name_len;
	int64		index;			/* STEP_INDEX */
} PathStep;

typedef struct Path
{
	const char *text;
	bool		absolute;		/* begins with $ */
	int			nsteps;
	PathStep	steps[PATH_MAX_STEPS];
} Path;

/* what names the path's owner in an error: column "ts", option "records". */
extern Path *PathParse(const char *text, const char *what);
/* Several paths from the root, '$.a[*], $.b[*]', as a list of their texts (char *). */
extern List *PathsSplit(const char *text);
/* The name that the path ends with, of the last member on the way; the whole path without one. */
extern const char *PathName(const Path *path);
/* The path of a member, whatever characters its name has. */
extern Path *PathOfMember(const char *name);

/* A member as a step: name, or "a name" in quotes. */
extern char *PathStepText(const char *name);

extern bool PathStepEqual(const PathStep *a, const PathStep *b);
/* Does the step lead to any number of values? */
extern bool PathStepIterates(const PathStep *step);
/* Are the steps at this place those of .*? */
extern bool PathLeadsToValues(const Path *path, int at);
/* The path to the name of the member that records, or what they are in, is the value of; or NULL. */
extern Path *PathOfKey(const PathStep *records, int nsteps);

/* Raise an error unless path is valid for a column or records; what names it in the error. */
extern void DecodePathCheck(const char *path, const char *what);
/* The same of each path that records can be made of. */
extern void DecodeRecordsCheck(const char *records, const char *what);

#endif
