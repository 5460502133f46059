/*
 * run_report.h
 *	  What a session that executes a run is told of it: counts, failed slices, rejected rows.
 */
#ifndef ELT_PIPELINE_RUN_REPORT_H
#define ELT_PIPELINE_RUN_REPORT_H

#include "postgres.h"
#include "pipeline/execution.h"

/* A NOTICE with the counts of what has landed. */
extern void RunReportSuccess(const Execution *e);

/* A WARNING with the error of slices that failed; there must be one. */
extern void RunReportPartial(const Execution *e);

/* A NOTICE with the rows of a batch that was pulled for its own sake. */
extern void RunReportStaged(const Execution *e);

#endif
