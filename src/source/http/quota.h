/*
 * quota.h
 *	  Option "quota" of a server: requests allowed in a calendar hour, day or month.
 */
#ifndef ELT_SOURCE_HTTP_QUOTA_H
#define ELT_SOURCE_HTTP_QUOTA_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

struct BudgetTerms;
struct SourceDefinition;

typedef struct Quota
{
	int64		requests;
	const char *unit;			/* hour, day or month */
	char	   *zone;			/* whose */
} Quota;

/* Parse "1000/d"; false when it is none. */
extern bool QuotaParse(const char *text, Quota *quota);
/* From the options of a server, which the validator has seen; NULL when it has none. */
extern Quota *QuotaRead(List *options);

/* Set the terms' quota and period to those of now, if they are not. */
extern void QuotaRefresh(const Quota *quota, struct BudgetTerms *terms);

/* Load the usage saved before a restart into the budget; in a transaction. */
extern void QuotaRecall(const Quota *quota, const struct SourceDefinition *def,
						const struct BudgetTerms *terms);

#endif
