/*
 * export.h
 *	  Asynchronous exports: one request submits a job, others poll it until it is ready, and the
 *	  last one downloads what it has made.
 */
#ifndef ELT_SOURCE_HTTP_EXPORT_H
#define ELT_SOURCE_HTTP_EXPORT_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/http/page_place.h"
#include "source/http/template.h"

/* Where the URL of a request comes from: a template of a path, or a value of an answer. */
typedef struct ExportPlace
{
	char	   *template;		/* or NULL */
	PagePlace	named;			/* of no template */
} ExportPlace;

typedef struct Export
{
	PagePlace	job;			/* its identifier in the answer to the first request */
	ExportPlace poll;
	bool		downloads;		/* false: the answer that is ready is the data */
	ExportPlace download;
	List	   *ready;			/* of ResponseRule * */
	int			interval_ms;	/* between two polls */
	int			limit_ms;		/* for all of them */
} Export;

typedef enum ExportStep
{
	EXPORT_SUBMIT,
	EXPORT_POLL,
	EXPORT_DOWNLOAD
} ExportStep;

/* How far the export of a slice has come. */
typedef struct ExportState
{
	ExportStep	step;
	char	   *job;			/* NULL: not known */
	char	   *url;			/* that an answer has named for this step; NULL: the template */
	bool		is_foreign;		/* it has another origin, which gets no credentials */
	int64		started_ms;		/* when the first poll was due */
} ExportState;

/* Among the options (SourceOption) of elt_http. */
#define EXPORT_OPTIONS \
	{"submit_path", ForeignTableRelationId, CheckPathTemplate, \
	"Specify the path of the request that starts the job, such as '/exports'."}, \
	{"job_path", ForeignTableRelationId, CheckPagePlace, PAGE_PLACE_HINT}, \
	{"poll_path", ForeignTableRelationId, CheckExportPlace, EXPORT_PLACE_HINT}, \
	{"ready_on", ForeignTableRelationId, CheckRules, RULES_HINT}, \
	{"download_path", ForeignTableRelationId, CheckExportPlace, EXPORT_PLACE_HINT}, \
	{"poll_interval", ForeignTableRelationId, CheckDurationOption, DURATION_HINT}, \
	{"poll_limit", ForeignTableRelationId, CheckDurationOption, DURATION_HINT}

#define EXPORT_PLACE_HINT \
	"Specify a path such as '/exports/{job}', or where an answer names the URL: '$.url' or 'header Location'."

#define JOB_NAME "job"

extern bool CheckExportPlace(const char *value, const char **detail);

/* From the options of a foreign table, which are checked here; NULL: it has no exports. */
extern Export *ExportRead(List *options);

/* The placeholders of its templates (char *), the job's excepted. */
extern List *ExportNames(const Export *export);

#endif
