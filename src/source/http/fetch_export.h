/*
 * fetch_export.h
 *	  The steps of an asynchronous export in an HTTP pull.
 */
#ifndef ELT_SOURCE_HTTP_FETCH_EXPORT_H
#define ELT_SOURCE_HTTP_FETCH_EXPORT_H

#include "postgres.h"
#include "source/http/fetch.h"

/* Is the answer at hand one of an export, and not yet its data? */
extern bool FetchAwaitsExport(const HttpPull *pull, const Fetch *fetch);

/* Is it what a poll waits for? */
extern bool FetchExportIsReady(const HttpPull *pull, const Fetch *fetch, WantedFields *wanted);

/*
 * A successful answer: the next request is due, or the slice is not ready in time. False: it is
 * the data. *problem: why there is no way to go on.
 */
extern bool FetchStepExport(HttpPull *pull, Fetch *fetch, WantedFields *wanted, bool ready,
							char **problem);

/* The job is of no use any more: begin with another one. */
extern void FetchForgetExport(Fetch *fetch);

#endif
