/*
 * pipeline_option.h
 *	  The table of pipeline options: name, type, range, meaning, and where the value is stored.
 *
 * Reading, checking, storing and showing options all use this table, so a new one is a line in it,
 * a field of Pipeline and a column of elt_catalog.pipeline.
 */
#ifndef ELT_CATALOG_PIPELINE_OPTION_H
#define ELT_CATALOG_PIPELINE_OPTION_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"

#define OPTION_ARGUMENT		0x01	/* an argument of elt.create_pipeline too */
#define OPTION_ALTERABLE	0x02	/* taken by elt.alter_pipeline */
#define OPTION_PACE			0x04	/* says when and how much at a time: leaves landed rows as they are */
#define OPTION_POLICY		0x08	/* kept in the target's partition policy */
#define OPTION_NOT_NEGATIVE	0x10	/* an interval of zero or more */
#define OPTION_POSITIVE		0x20	/* an interval of more than zero */
#define OPTION_COLUMNS		0x40	/* names columns of the source */
#define OPTION_RUN			0x80	/* says what runs request, and when: a child has none */
#define OPTION_FULL_EVERY	0x100	/* of load "full": applies to the full loads of full_every too */

typedef struct PipelineOption
{
	const char *name;			/* of its column and its argument too */
	size_t		offset;			/* of its field in Pipeline */
	Oid			type;
	const char *initial;		/* its default as PostgreSQL writes it; NULL: none */
	size_t		present;		/* of the bool that says whether it is set; 0: NULL or 0 says it is not */
	int64		min;			/* of numbers */
	int64		max;
	const char *load;			/* the only load that it applies to; NULL: any */
	const char *values[5];		/* the only texts that it takes; none: any */
	const char *strategies[4];	/* the only ones that it applies to; none: any */
	int			traits;
	const char *description;
} PipelineOption;

extern const PipelineOption PipelineOptions[];
extern const int PipelineOptionCount;

/* Its number in the table; -1: there is none. */
extern int	PipelineOptionNumber(const char *name);
/* Is it one of the set, which has numbers of options? */
extern bool PipelineOptionIn(Bitmapset *options, const char *name);

/* The value that a definition has. */
extern Datum PipelineOptionGet(const PipelineOption *o, const Pipeline *p, bool *isnull);
extern void PipelineOptionPut(const PipelineOption *o, Pipeline *p, Datum value, bool isnull);
extern void PipelineOptionReset(const PipelineOption *o, Pipeline *p);
extern bool PipelineOptionIsInitial(const PipelineOption *o, const Pipeline *p);

/* The value as PostgreSQL writes it; NULL: it is not set. */
extern char *PipelineOptionText(const PipelineOption *o, const Pipeline *p);

/* What it takes, after "Valid values are"; NULL: whatever its type takes. */
extern char *PipelineOptionRange(const PipelineOption *o);

/* Append the items to a list for people to read: "a", "b" and "c". */
extern void AppendQuotedNames(StringInfo buf, const char *const *names, int max);

#endif
