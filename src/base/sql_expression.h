/*
 * sql_expression.h
 *	  Parse the text of an expression by itself, before it is used in a statement or analysed.
 */
#ifndef ELT_BASE_SQL_EXPRESSION_H
#define ELT_BASE_SQL_EXPRESSION_H

#include "postgres.h"
#include "nodes/parsenodes.h"

/* The raw parse tree; NULL when the text is more, or less, than one expression. */
extern Node *SqlExpressionParse(const char *text);

/* A statement without arguments, analysed as the current user and not executed. */
extern Query *SqlAnalyse(const char *statement);

/* In a callback of errors: a position is one in this text, not in the statement of the user. */
extern void ErrorIsInText(const char *text);

#endif
