/*
 * text_shape.c
 *	  Find the regular expression that most of a number of texts match.
 */
#include "base/compat.h"
#include "check/text_shape.h"

#include "lib/stringinfo.h"

/* A text of more runs has no shape. */
#define MOST_RUNS 12

/* Shapes that are counted; further ones are none. */
#define MOST_SHAPES 200

/* A pattern that fewer of the texts match says nothing. */
#define LEAST_SHARE 0.5

typedef struct Shape
{
	int			nruns;
	char		runs[MOST_RUNS];	/* A, a, 9, or the character itself */
	int			shortest[MOST_RUNS];
	int			longest[MOST_RUNS];
	int64		count;
} Shape;

struct TextShapes
{
	int64		texts;
	int			nshapes;
	Shape		shapes[MOST_SHAPES];
};

TextShapes *
TextShapesBegin(void)
{
	return palloc0(sizeof(TextShapes));
}

static char
ClassOf(char c)
{
	if (c >= 'A' && c <= 'Z')
		return 'A';
	if (c >= 'a' && c <= 'z')
		return 'a';
	if (c >= '0' && c <= '9')
		return '9';
	return c;
}

/* False when it is empty, long, or has characters other than printable ones of ASCII. */
static bool
ShapeOf(const char *text, int length, Shape *shape)
{
	shape->nruns = 0;
	for (int i = 0; i < length; i++)
	{
		char		class = ClassOf(text[i]);

		if (text[i] < ' ' || text[i] > '~')
			return false;
		if (shape->nruns == 0 || shape->runs[shape->nruns - 1] != class)
		{
			if (shape->nruns == MOST_RUNS)
				return false;
			shape->runs[shape->nruns] = class;
			shape->longest[shape->nruns++] = 0;
		}
		shape->longest[shape->nruns - 1]++;
	}
	memcpy(shape->shortest, shape->longest, sizeof(shape->longest));
	return shape->nruns > 0;
}

static void
Widen(Shape *known, const Shape *shape)
{
	known->count++;
	for (int i = 0; i < known->nruns; i++)
	{
		known->shortest[i] = Min(known->shortest[i], shape->shortest[i]);
		known->longest[i] = Max(known->longest[i], shape->longest[i]);
	}
}

void
TextShapesAdd(TextShapes *shapes, const char *text, int length)
{
	Shape		shape = {0};

	shapes->texts++;
	if (!ShapeOf(text, length, &shape))
		return;
	for (int i = 0; i < shapes->nshapes; i++)
		if (shapes->shapes[i].nruns == shape.nruns &&
			memcmp(shapes->shapes[i].runs, shape.runs, shape.nruns) == 0)
		{
			Widen(&shapes->shapes[i], &shape);
			return;
		}
	if (shapes->nshapes == MOST_SHAPES)
		return;
	shape.count = 1;
	shapes->shapes[shapes->nshapes++] = shape;
}

static void
AppendClass(StringInfo pattern, char class)
{
	if (class == 'A')
		appendStringInfoString(pattern, "[A-Z]");
	else if (class == 'a')
		appendStringInfoString(pattern, "[a-z]");
	else if (class == '9')
		appendStringInfoString(pattern, "[0-9]");
	else if (strchr(".[]{}()*+?|^$\\", class) != NULL)
		appendStringInfo(pattern, "\\%c", class);
	else
		appendStringInfoChar(pattern, class);
}

static char *
PatternOf(const Shape *shape)
{
	StringInfoData pattern;

	initStringInfo(&pattern);
	appendStringInfoChar(&pattern, '^');
	for (int i = 0; i < shape->nruns; i++)
	{
		AppendClass(&pattern, shape->runs[i]);
		if (shape->shortest[i] != shape->longest[i])
			appendStringInfo(&pattern, "{%d,%d}", shape->shortest[i], shape->longest[i]);
		else if (shape->longest[i] > 1)
			appendStringInfo(&pattern, "{%d}", shape->longest[i]);
	}
	appendStringInfoChar(&pattern, '$');
	return pattern.data;
}

char *
TextShapesPattern(TextShapes *shapes, double *share)
{
	const Shape *most = &shapes->shapes[0];

	for (int i = 1; i < shapes->nshapes; i++)
		if (shapes->shapes[i].count > most->count)
			most = &shapes->shapes[i];
	*share = shapes->texts == 0 ? 0 : (double) most->count / shapes->texts;
	return *share < LEAST_SHARE ? NULL : PatternOf(most);
}
