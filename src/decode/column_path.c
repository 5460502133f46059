/*
 * column_path.c
 *	  Resolve the paths of columns to paths from the root of a page.
 */
#include "postgres.h"

#include "decode/column_path.h"

static Path *
ReadPath(const char *path, const char *column)
{
	return path == NULL ? PathOfMember(column)
		: PathParse(path, psprintf("column \"%s\"", column));
}

static void
AddSteps(Path *path, const PathStep *steps, int nsteps)
{
	int			n = Min(nsteps, PATH_MAX_STEPS - path->nsteps);

	memcpy(path->steps + path->nsteps, steps, n * sizeof(PathStep));
	path->nsteps += n;
}

bool
PathBeginsInArray(const char *records)
{
	Path	   *path = PathParse(records, "option \"records\"");

	return path->nsteps > 0 && path->steps[0].type == STEP_EACH;
}

/* By default $ is the record, whether the root is an array or not. */
static Path *
ColumnPathByDefault(bool root_is_array, const Path *path)
{
	Path	   *full = palloc0(sizeof(Path));
	int			first = path->absolute && path->nsteps > 0 && path->steps[0].type == STEP_EACH;
	PathStep	each = {STEP_EACH};

	full->absolute = true;
	if (root_is_array)
		AddSteps(full, &each, 1);
	AddSteps(full, path->steps + first, path->nsteps - first);
	return full;
}

Path *
ColumnPath(const char *records, bool root_is_array, const char *path, const char *column)
{
	Path	   *own = ReadPath(path, column);
	Path	   *full;

	if (records == NULL)
		return ColumnPathByDefault(root_is_array, own);
	if (own->absolute)
		return own;
	full = PathParse(records, "option \"records\"");
	AddSteps(full, own->steps, own->nsteps);
	return full;
}

bool
PathsEqual(const Path *a, const Path *b)
{
	if (a->nsteps != b->nsteps)
		return false;
	for (int i = 0; i < a->nsteps; i++)
		if (!PathStepEqual(&a->steps[i], &b->steps[i]))
			return false;
	return true;
}
