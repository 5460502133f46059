/*
 * sample.h
 *	  Fetch the first page of a source, or open its first file, as a foreign table would.
 */
#ifndef ELT_INFER_SAMPLE_H
#define ELT_INFER_SAMPLE_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "transport/page.h"

typedef struct SampleOption
{
	char	   *name;
	char	   *value;
} SampleOption;

typedef struct SampleRequest
{
	char	   *server;
	bool		is_file;
	char	   *path;			/* or pattern of files */
	char	   *query;
	char	   *params;			/* JSON object text */
	List	   *param_names;	/* char * */
	List	   *options;		/* SampleOption *, of the foreign table, as given */
} SampleRequest;

typedef struct SampleHeaders
{
	char	   *content_type;
	char	   *link;			/* NULL: the response has none */
	char	   *total;			/* name of a header with the number of records, or NULL */
	char	   *total_value;
	char	   *pages;			/* the same of pages */
	char	   *file;			/* name of the file */
} SampleHeaders;

/* The value given for an option, or NULL. */
extern const char *SampleOptionGiven(const SampleRequest *request, const char *name);

/*
 * Call take with the page. Raises an error when there is none. All of it happens with the rights of
 * the current user, in a subtransaction that is undone.
 */
extern void SampleFetch(const SampleRequest *request, void (*take) (FetchedPage *page, void *arg),
						void *arg, SampleHeaders *headers);

#endif
