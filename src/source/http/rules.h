/*
 * rules.h
 *	  Response rules.
 */
#ifndef ELT_SOURCE_HTTP_RULES_H
#define ELT_SOURCE_HTTP_RULES_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/http/answer_verdict.h"

struct WantedFields;

/* "when an answer looks like this, its verdict is that" */
typedef struct ResponseRule
{
	AnswerVerdict verdict;
	int			status;
	char	   *content_type;	/* NULL: any; compared without its parameters */
	char	   *body;			/* NULL: any; text that the body contains */
	char	   *header;			/* NULL: any */
	char	   *header_value;
	struct Path *path;			/* NULL: any; leads to a value, neither null nor false */
	char	   *path_value;		/* NULL: any value */
} ResponseRule;

/*
 * Parse "404", "404 text/plain", '404 "no content"', "403 x-remaining=0", "200 $.error",
 * '200 $.status="late"', several separated by semicolons, and append them to rules. On a
 * syntax error returns NIL and sets *problem.
 */
extern List *RulesParse(List *rules, const char *text, AnswerVerdict verdict, const char **problem);

/* Does one of them match the page? */
extern bool RulesMatch(List *rules, struct WantedFields *wanted);

/* The verdict of the first rule that matches the page, else the default. */
extern AnswerVerdict RulesApply(List *rules, struct WantedFields *wanted);

#endif
